# A second cycle: from the last checkpoint of wavemix_64_6_l4_camvid, other crops, 100 more epochs.
# Its weights fit all of this model; where later cycles change it, init_cfg of the model is told.
_base_ = '../wavemix_64_6_l4_camvid.py'
load_from = 'work_dirs/wavemix_64_6_l4_camvid/epoch_100.pth'
optim_wrapper = dict(optimizer=dict(lr=1.5e-3))
train_cfg = dict(max_epochs=100)
default_hooks = dict(ema=dict(type='EMAHook', momentum=0.002))
randomness = dict(seed=1)
