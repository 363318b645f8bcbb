# BiSeNetV2 (arXiv 2004.02147), with its four auxiliary heads in training.
_base_ = [
    '../_base_/models/peer.py',
    '../_base_/datasets/camvid.py',
    '../_base_/schedules/camvid.py',
    '../default_runtime.py',
]
model = dict(
    backbone=dict(
        type='BiSeNetV2',
        detail_channels=(64, 64, 128),
        semantic_channels=(16, 32, 64, 128),
        semantic_expansion_ratio=6,
        bga_channels=128,
        out_indices=(0, 1, 2, 3, 4),
        norm_cfg=dict(type='BN'),
        align_corners=False,
    ),
    decode_head=dict(
        type='FCNHead',
        in_channels=128,
        in_index=0,
        channels=1024,
        num_convs=1,
        concat_input=False,
        dropout_ratio=0.1,
        num_classes=11,
        norm_cfg=dict(type='BN'),
        align_corners=False,
        loss_decode=dict(type='CrossEntropyLoss', class_weight={{_base_.class_weight}}),
    ),
    auxiliary_head=[
        dict(
            type='FCNHead',
            in_channels=in_channels,
            channels=channels,
            num_convs=2,
            num_classes=11,
            in_index=in_index,
            norm_cfg=dict(type='BN'),
            concat_input=False,
            align_corners=False,
            loss_decode=dict(type='CrossEntropyLoss', class_weight={{_base_.class_weight}}),
        )
        for in_index, in_channels, channels in (
            (1, 16, 16),
            (2, 32, 64),
            (3, 64, 256),
            (4, 128, 1024),
        )
    ],
)
