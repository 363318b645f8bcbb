# ImageNet-1k at 224x224 without augmentation (Tables 9, 10 and 12).
data_root = '{{$IMAGENET_DATASET:data/imagenet}}'
data_preprocessor = dict(
    mean=[123.675, 116.28, 103.53],
    std=[58.395, 57.12, 57.375],
    to_rgb=True,
)

train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='Resize', scale=(224, 224), interpolation='bicubic', backend='pillow'),
    dict(type='PackInputs'),
]
test_pipeline = train_pipeline

train_dataloader = dict(
    batch_size=256,
    num_workers=16,
    # workers of one epoch, seeded for it: a resumed run repeats what it would have drawn
    persistent_workers=False,
    worker_init_fn=dict(type='seed_worker'),
    drop_last=True,
    sampler=dict(type='DefaultSampler', shuffle=True),
    collate_fn=dict(type='default_collate'),
    dataset=dict(
        type='ImageNet',
        data_root=data_root,
        split='train',
        pipeline=train_pipeline,
    ),
)
val_dataloader = dict(
    batch_size=256,
    num_workers=16,
    persistent_workers=False,
    sampler=dict(type='DefaultSampler', shuffle=False),
    collate_fn=dict(type='default_collate'),
    dataset=dict(
        type='ImageNet',
        data_root=data_root,
        split='val',
        pipeline=test_pipeline,
    ),
)
test_dataloader = val_dataloader
val_evaluator = dict(type='Accuracy', topk=(1, 5))
test_evaluator = val_evaluator

data_hint = """\
To get ImageNet-1k (free account at image-net.org): unpack ILSVRC2012_img_train.tar, and each of the
class archives in it, to data/imagenet/train/CLASS; ILSVRC2012_img_val.tar, sorted by class, to
data/imagenet/val/CLASS. If it lies elsewhere:
    export IMAGENET_DATASET=/path/to/imagenet"""
