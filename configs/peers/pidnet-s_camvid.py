# PIDNet-S (arXiv 2206.02066), from scratch, with its four losses; they need the classes' edges.
# min_kept: two percent of a batch's pixels, as in MMSegmentation's config for Cityscapes.
_base_ = [
    '../_base_/models/peer.py',
    '../_base_/datasets/camvid.py',
    '../_base_/schedules/camvid.py',
    '../default_runtime.py',
]
train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='LoadAnnotations'),
    dict(type='RandomResize', scale=(480, 360), ratio_range=(0.75, 2.0), keep_ratio=True),
    dict(type='RandomCrop', crop_size=(320, 448), cat_max_ratio=0.75),
    dict(type='RandomFlip', prob=0.5),
    dict(type='PhotoMetricDistortion'),
    dict(type='GenerateEdge', edge_width=4),
    dict(type='PackSegInputs'),
]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
model = dict(
    data_preprocessor=dict(size_divisor=8, test_cfg=dict(size_divisor=8)),
    backbone=dict(
        type='PIDNet',
        in_channels=3,
        channels=32,
        ppm_channels=96,
        num_stem_blocks=2,
        num_branch_blocks=3,
        align_corners=False,
        norm_cfg=dict(type='BN'),
        act_cfg=dict(type='ReLU', inplace=True),
    ),
    decode_head=dict(
        type='PIDHead',
        in_channels=128,
        channels=128,
        num_classes=11,
        norm_cfg=dict(type='BN'),
        act_cfg=dict(type='ReLU', inplace=True),
        align_corners=True,
        loss_decode=[
            dict(type='CrossEntropyLoss', class_weight={{_base_.class_weight}}, loss_weight=0.4),
            dict(
                type='OhemCrossEntropy',
                thres=0.9,
                min_kept=24000,
                class_weight={{_base_.class_weight}},
                loss_weight=1.0,
            ),
            dict(type='BoundaryLoss', loss_weight=20.0),
            dict(
                type='OhemCrossEntropy',
                thres=0.9,
                min_kept=24000,
                class_weight={{_base_.class_weight}},
                loss_weight=1.0,
            ),
        ],
    ),
)
