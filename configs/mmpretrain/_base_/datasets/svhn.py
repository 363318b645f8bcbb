# Street View House Numbers at their own 32x32, no augmentation, without the extra pictures. RGB.
data_root = '{{$SVHN_DATASET:data/svhn}}'
data_preprocessor = dict(
    mean=[123.675, 116.28, 103.53],
    std=[58.395, 57.12, 57.375],
    to_rgb=False,
)

train_pipeline = [dict(type='PackInputs')]
test_pipeline = train_pipeline

train_dataloader = dict(
    batch_size=512,
    num_workers=4,
    # workers of one epoch, seeded for it: a resumed run repeats what it would have drawn
    persistent_workers=False,
    worker_init_fn=dict(type='seed_worker'),
    drop_last=True,
    sampler=dict(type='DefaultSampler', shuffle=True),
    collate_fn=dict(type='default_collate'),
    dataset=dict(
        type='SVHN',
        data_root=data_root,
        split='train',
        download=False,
        pipeline=train_pipeline,
    ),
)
val_dataloader = dict(
    batch_size=512,
    num_workers=4,
    persistent_workers=False,
    sampler=dict(type='DefaultSampler', shuffle=False),
    collate_fn=dict(type='default_collate'),
    dataset=dict(
        type='SVHN',
        data_root=data_root,
        split='test',
        download=False,
        pipeline=test_pipeline,
    ),
)
test_dataloader = val_dataloader
val_evaluator = dict(type='Accuracy', topk=(1,))
test_evaluator = val_evaluator

data_hint = """\
To fetch SVHN (250 MB):
    python tools/train_classifier.py CONFIG --download
If it lies elsewhere:
    export SVHN_DATASET=/path/to/svhn"""
