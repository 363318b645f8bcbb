# WaveMix-Lite-128/7 for pictures below 128x128: strided stem (section 4.2), here of stride 1, since
# the paper gives no stride and the parameter counts do not depend on it.
model = dict(
    type='ImageClassifier',
    backbone=dict(
        type='mmseg.WaveMix',
        in_channels=3,
        embed_dims=128,
        depth=7,
        level=1,
        drop_rate=0.5,
        stem=dict(type='StridedStem', strides=(1, 1)),
    ),
    neck=dict(type='GlobalAveragePooling'),
    head=dict(
        type='LinearClsHead',
        in_channels=128,
        num_classes=10,
        init_cfg=None,  # torch's own, as the authors do
        loss=dict(type='CrossEntropyLoss', loss_weight=1.0),
    ),
)
