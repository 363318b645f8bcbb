# A small model for real streets without a GPU: 1.5 M parameters, CamVid's 11 classes.
_base_ = [
    './_base_/models/wavemix.py',
    './_base_/datasets/camvid.py',
    './_base_/schedules/camvid.py',
    './default_runtime.py',
]
model = dict(
    backbone=dict(embed_dims=64, depth=6),
    decode_head=dict(
        in_channels=64,
        num_classes=11,
        loss_decode=dict(class_weight={{_base_.class_weight}}),
    ),
)
