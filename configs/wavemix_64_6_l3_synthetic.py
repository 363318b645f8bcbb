# The model of `make demo`: trained in minutes on two cores, on all 19 classes.
_base_ = [
    './_base_/models/wavemix.py',
    './_base_/datasets/synthetic.py',
    './_base_/schedules/adamw.py',
    './default_runtime.py',
]
# square root of ENet's 1 / ln(1.02 + share of the pixels), road = 1
class_weight = [
    1.0, 2.3, 1.2, 2.4, 2.6, 2.1, 2.8, 2.8, 1.8, 2.5, 1.4, 2.8, 2.6, 1.6, 2.4, 2.3, 2.2, 2.7, 2.7,
]  # fmt: skip
model = dict(
    backbone=dict(embed_dims=64, depth=6, level=3),
    decode_head=dict(in_channels=64, loss_decode=dict(class_weight=class_weight)),
)

optim_wrapper = dict(
    _delete_=True,
    type='BFloat16OptimWrapper',
    optimizer=dict(type='AdamW', lr=2e-3, weight_decay=0.01, fused=True),
)
train_cfg = dict(max_epochs=36, val_interval=18)
param_scheduler = [
    dict(type='LinearLR', start_factor=0.01, by_epoch=False, end=40),
    dict(type='CosineAnnealingLR', by_epoch=True, convert_to_iter_based=True),
]
