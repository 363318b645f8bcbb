# Cityscapes at its native 1024x2048, horizontal flip the only augmentation (section 4.2).
data_root = '{{$CITYSCAPES_DATASET:data/cityscapes}}'

train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='LoadAnnotations'),
    dict(type='RandomFlip', prob=0.5),
    dict(type='PackSegInputs'),
]
test_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='LoadAnnotations'),
    dict(type='PackSegInputs'),
]
tta_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(
        type='TestTimeAug',
        transforms=[
            [dict(type='Resize', scale_factor=r, keep_ratio=True) for r in (0.75, 1.0, 1.25)],
            [dict(type='RandomFlip', prob=p, direction='horizontal') for p in (0.0, 1.0)],
            [dict(type='LoadAnnotations')],
            [dict(type='PackSegInputs')],
        ],
    ),
]

train_dataloader = dict(
    batch_size=5,
    num_workers=4,
    # workers of one epoch, seeded for it: a resumed run repeats what it would have drawn
    persistent_workers=False,
    worker_init_fn=dict(type='seed_worker'),
    drop_last=True,
    sampler=dict(type='DefaultSampler', shuffle=True),
    dataset=dict(
        type='CityscapesDataset',
        data_root=data_root,
        data_prefix=dict(img_path='leftImg8bit/train', seg_map_path='gtFine/train'),
        pipeline=train_pipeline,
    ),
)
val_dataloader = dict(
    batch_size=1,
    num_workers=2,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        type='CityscapesDataset',
        data_root=data_root,
        data_prefix=dict(img_path='leftImg8bit/val', seg_map_path='gtFine/val'),
        pipeline=test_pipeline,
    ),
)
test_dataloader = val_dataloader

# counted image by image; tools/test.py takes the official code on files
val_evaluator = dict(type='CityscapesOfficialMetric', streaming=True)
test_evaluator = val_evaluator

data_hint = """\
To get Cityscapes (free account at www.cityscapes-dataset.com):
    mkdir -p data/cityscapes && csDownload -d data/cityscapes \\
        gtFine_trainvaltest.zip leftImg8bit_trainvaltest.zip
    cd data/cityscapes && unzip -n gtFine_trainvaltest.zip && unzip -n leftImg8bit_trainvaltest.zip
If it lies elsewhere:
    export CITYSCAPES_DATASET=/path/to/cityscapes
To start without it, on synthetic street scenes:
    make demo"""
