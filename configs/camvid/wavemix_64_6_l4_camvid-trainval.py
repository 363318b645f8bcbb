# The third cycle of wavemix_64_6_l4_camvid, on train and val together: for the test split alone.
# Its scores on val, which it has seen, say nothing.
_base_ = './wavemix_64_11_l4_camvid-trainval.py'
load_from = 'work_dirs/wavemix_64_6_l4_camvid-cycle2/epoch_100.pth'
model = dict(backbone=dict(depth=6))
optim_wrapper = dict(optimizer=dict(lr=1e-3))
train_cfg = dict(max_epochs=60, val_interval=20)
default_hooks = dict(ema=dict(type='EMAHook', momentum=0.002))
randomness = dict(seed=2)
