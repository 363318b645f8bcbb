# wavemix_64_6_l4_camvid at half the size, in a quarter of the time: what recipes are tried with.
_base_ = [
    '../_base_/models/wavemix.py',
    '../_base_/datasets/camvid_180x240.py',
    '../_base_/schedules/camvid.py',
    '../default_runtime.py',
]
model = dict(
    backbone=dict(embed_dims=64, depth=6),
    decode_head=dict(
        in_channels=64,
        num_classes=11,
        loss_decode=dict(class_weight={{_base_.class_weight}}),
    ),
)
