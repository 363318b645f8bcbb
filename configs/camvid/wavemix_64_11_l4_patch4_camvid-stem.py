# Another stem before the fifth cycle's blocks and head, which stay as they are: it alone learns.
# A running average of 20 steps, as a longer one would still hold the random beginning.
_base_ = './wavemix_64_11_l4_camvid-cycle5.py'
initial = 'work_dirs/wavemix_64_11_l4_camvid-cycle5/epoch_40.pth'
model = dict(
    init_cfg=dict(checkpoint=initial),
    backbone=dict(stem=dict(_delete_=True, type='PatchifyStem', patch_size=4)),
)
frozen = dict(lr_mult=0.0)
optim_wrapper = dict(
    optimizer=dict(lr=5e-3),
    paramwise_cfg=dict(custom_keys={'backbone.blocks': frozen, 'decode_head': frozen}),
)
train_cfg = dict(max_epochs=3, val_interval=3)
param_scheduler = [
    dict(type='LinearLR', start_factor=0.01, by_epoch=True, end=1, convert_to_iter_based=True),
    dict(type='CosineAnnealingLR', by_epoch=True, begin=1, convert_to_iter_based=True),
]
default_hooks = dict(ema=dict(momentum=0.05))
