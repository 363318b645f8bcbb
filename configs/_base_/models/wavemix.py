# WaveMix-256/16, level 4, on the 19 classes of Cityscapes: 63,164,563 parameters.
model = dict(
    type='LeanEncoderDecoder',
    data_preprocessor=dict(
        type='SegDataPreProcessor',
        mean=[123.675, 116.28, 103.53],
        std=[58.395, 57.12, 57.375],
        bgr_to_rgb=True,
        pad_val=0,
        seg_pad_val=255,
        size_divisor=1,
    ),  # a batch is padded to its largest picture, the backbone does the rest
    backbone=dict(
        type='WaveMix',
        in_channels=3,
        embed_dims=256,
        depth=16,
        level=4,
        stem=dict(type='StridedStem', strides=(2, 2)),
        norm_cfg=dict(type='BN'),
    ),
    decode_head=dict(
        type='WaveMixHead',
        in_channels=256,
        num_classes=19,
        loss_decode=dict(type='SoftmaxFocalLoss', gamma=2.0),
    ),
    train_cfg=dict(),
    test_cfg=dict(mode='whole'),
)
