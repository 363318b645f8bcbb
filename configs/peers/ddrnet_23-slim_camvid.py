# DDRNet-23-slim (arXiv 2101.06085), from scratch, with its two losses.
# min_kept: two percent of a batch's pixels, as in MMSegmentation's config for Cityscapes.
_base_ = [
    '../_base_/models/peer.py',
    '../_base_/datasets/camvid.py',
    '../_base_/schedules/camvid.py',
    '../default_runtime.py',
]
model = dict(
    data_preprocessor=dict(size_divisor=8, test_cfg=dict(size_divisor=8)),
    backbone=dict(
        type='DDRNet',
        in_channels=3,
        channels=32,
        ppm_channels=128,
        norm_cfg=dict(type='BN'),
        align_corners=False,
    ),
    decode_head=dict(
        type='DDRHead',
        in_channels=128,
        channels=64,
        dropout_ratio=0.0,
        num_classes=11,
        norm_cfg=dict(type='BN'),
        align_corners=False,
        loss_decode=[
            dict(
                type='OhemCrossEntropy',
                thres=0.9,
                min_kept=24000,
                class_weight={{_base_.class_weight}},
                loss_weight=1.0,
            ),
            dict(
                type='OhemCrossEntropy',
                thres=0.9,
                min_kept=24000,
                class_weight={{_base_.class_weight}},
                loss_weight=0.4,
            ),
        ],
    ),
)
