# Galaxy10 DECaLS at its own 256x256, TrivialAugment (Table 7). RGB.
data_root = '{{$GALAXY10_DATASET:data/galaxy10}}'
data_preprocessor = dict(
    mean=[123.675, 116.28, 103.53],
    std=[58.395, 57.12, 57.375],
    to_rgb=False,
)

train_pipeline = [
    dict(type='NumpyToPIL'),
    dict(type='torchvision/TrivialAugmentWide'),
    dict(type='PackInputs'),
]
test_pipeline = [dict(type='PackInputs')]

train_dataloader = dict(
    batch_size=256,
    num_workers=8,
    # workers of one epoch, seeded for it: a resumed run repeats what it would have drawn
    persistent_workers=False,
    worker_init_fn=dict(type='seed_worker'),
    drop_last=True,
    sampler=dict(type='DefaultSampler', shuffle=True),
    collate_fn=dict(type='default_collate'),
    dataset=dict(
        type='Galaxy10DECaLS',
        data_root=data_root,
        split='train',
        download=False,
        pipeline=train_pipeline,
    ),
)
val_dataloader = dict(
    batch_size=256,
    num_workers=8,
    persistent_workers=False,
    sampler=dict(type='DefaultSampler', shuffle=False),
    collate_fn=dict(type='default_collate'),
    dataset=dict(
        type='Galaxy10DECaLS',
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
To fetch Galaxy10 DECaLS (2.6 GB):
    python tools/train_classifier.py CONFIG --download
If it lies elsewhere:
    export GALAXY10_DATASET=/path/to/galaxy10"""
