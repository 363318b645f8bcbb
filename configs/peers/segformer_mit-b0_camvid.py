# SegFormer-B0 (arXiv 2105.15203), from scratch. Pictures are padded to whole patches of its last
# stage: at half the size that gives 49.0 on val (docs/camvid.md).
_base_ = [
    '../_base_/models/peer.py',
    '../_base_/datasets/camvid.py',
    '../_base_/schedules/camvid.py',
    '../default_runtime.py',
]
model = dict(
    data_preprocessor=dict(size_divisor=32, test_cfg=dict(size_divisor=32)),
    backbone=dict(
        type='MixVisionTransformer',
        in_channels=3,
        embed_dims=32,
        num_stages=4,
        num_layers=[2, 2, 2, 2],
        num_heads=[1, 2, 5, 8],
        patch_sizes=[7, 3, 3, 3],
        sr_ratios=[8, 4, 2, 1],
        out_indices=(0, 1, 2, 3),
        mlp_ratio=4,
        qkv_bias=True,
        drop_path_rate=0.1,
    ),
    decode_head=dict(
        type='SegformerHead',
        in_channels=[32, 64, 160, 256],
        in_index=[0, 1, 2, 3],
        channels=256,
        dropout_ratio=0.1,
        num_classes=11,
        norm_cfg=dict(type='BN'),
        align_corners=False,
        loss_decode=dict(type='CrossEntropyLoss', class_weight={{_base_.class_weight}}),
    ),
)
