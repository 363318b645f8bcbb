# A small classifier for sweeps over parts of the block, minutes on two cores.
_base_ = './wavemix_8_10_l1_up_digits.py'
upsampler = dict(_delete_=True, type='TransposedConv')
model = dict(backbone=dict(embed_dims=16, depth=4, upsampler=upsampler), head=dict(in_channels=16))
train_cfg = dict(max_epochs=12, val_interval=12)
default_hooks = dict(switch=dict(begin=9), checkpoint=dict(interval=12))
