# The model of `make demo`: trained in minutes on two cores, on all 19 classes.
_base_ = [
    './_base_/models/wavemix.py',
    './_base_/datasets/synthetic.py',
    './_base_/schedules/adamw_300e.py',
    './default_runtime.py',
]
model = dict(backbone=dict(embed_dims=48, depth=4, level=3), decode_head=dict(in_channels=48))

optim_wrapper = dict(
    _delete_=True,
    type='BFloat16OptimWrapper',
    optimizer=dict(type='AdamW', lr=3e-3, weight_decay=0.01),
)
train_cfg = dict(max_epochs=40, val_interval=10)
param_scheduler = [
    dict(type='LinearLR', start_factor=0.01, by_epoch=False, end=40),
    dict(type='CosineAnnealingLR', by_epoch=True, convert_to_iter_based=True),
]
