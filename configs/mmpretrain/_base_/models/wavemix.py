# WaveMix-192/16, level 3, for pictures from 128x128 on: 27,857,608 parameters with 1000 classes.
# The paper is silent about dropout: 0.5 is the default of the authors' package.
model = dict(
    type='ImageClassifier',
    backbone=dict(
        type='mmseg.WaveMix',
        in_channels=3,
        embed_dims=192,
        depth=16,
        level=3,
        drop_rate=0.5,
        stem=dict(type='PatchifyStem', patch_size=4),
    ),
    neck=dict(type='GlobalAveragePooling'),
    head=dict(
        type='LinearClsHead',
        in_channels=192,
        num_classes=1000,
        init_cfg=None,  # torch's own, as the authors do
        loss=dict(type='CrossEntropyLoss', loss_weight=1.0),
    ),
)
