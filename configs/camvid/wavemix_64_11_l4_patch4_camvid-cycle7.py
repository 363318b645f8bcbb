# A seventh cycle, two thirds of it at one rate: while the rate was high, the averages of the sixth
# one's weights were two points better than they seemed, with statistics of the norms of their own.
_base_ = './wavemix_64_11_l4_patch4_camvid-cycle6.py'
initial = 'work_dirs/wavemix_64_11_l4_patch4_camvid-cycle6/epoch_45.pth'
model = dict(init_cfg=dict(checkpoint=initial))
optim_wrapper = dict(optimizer=dict(lr=7e-4))
param_scheduler = [
    dict(type='LinearLR', start_factor=0.01, by_epoch=True, end=2, convert_to_iter_based=True),
    dict(type='CosineAnnealingLR', by_epoch=True, begin=30, convert_to_iter_based=True),
]
train_cfg = dict(max_epochs=45, val_interval=5)
default_hooks = dict(ema=dict(update_buffers=True))
randomness = dict(seed=8)
