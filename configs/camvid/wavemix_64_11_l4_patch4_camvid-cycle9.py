# A ninth cycle, from the seventh's weights: augmentations together that one by one decide nothing
# in thirty epochs. Val is of a drive in train, other streets are not.
_base_ = './wavemix_64_11_l4_patch4_camvid-cycle7.py'
initial = 'work_dirs/wavemix_64_11_l4_patch4_camvid-cycle7/epoch_45.pth'
model = dict(init_cfg=dict(checkpoint=initial))
train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='LoadAnnotations'),
    dict(type='RandomResize', scale=(480, 360), ratio_range=(0.5, 1.75), keep_ratio=True),
    dict(type='RandomRotate', prob=0.5, degree=10, seg_pad_val=255),
    dict(type='RandomCrop', crop_size=(320, 448), cat_max_ratio=0.75),
    dict(type='RandomFlip', prob=0.5),
    dict(
        type='PhotoMetricDistortion',
        brightness_delta=64,
        contrast_range=(0.4, 1.6),
        saturation_range=(0.2, 1.8),
        hue_delta=36,
    ),
    dict(type='PackSegInputs'),
]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
randomness = dict(seed=11)
