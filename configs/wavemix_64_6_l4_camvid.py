# A small model for real streets without a GPU: 1.5 M parameters, CamVid's 11 classes.
_base_ = [
    './_base_/models/wavemix.py',
    './_base_/datasets/camvid.py',
    './_base_/schedules/adamw.py',
    './default_runtime.py',
]
model = dict(
    backbone=dict(embed_dims=64, depth=6),
    decode_head=dict(
        in_channels=64,
        num_classes=11,
        # square root of ENet's 1 / ln(1.02 + share of the train pixels), road = 1
        loss_decode=dict(class_weight=[1.0, 2.2, 1.1, 3.1, 3.2, 3.1, 1.6, 1.3, 3.4, 3.6, 2.0]),
    ),
)

optim_wrapper = dict(
    _delete_=True,
    type='BFloat16OptimWrapper',
    optimizer=dict(type='AdamW', lr=2e-3, weight_decay=0.01),
)
train_cfg = dict(max_epochs=100)
# two epochs of warm-up: it takes three at least
param_scheduler = [
    dict(type='LinearLR', start_factor=0.01, by_epoch=True, end=2, convert_to_iter_based=True),
    dict(type='CosineAnnealingLR', by_epoch=True, begin=2, convert_to_iter_based=True),
]
