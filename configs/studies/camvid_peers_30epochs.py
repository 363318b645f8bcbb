# The best three of camvid_peers_180x240, as many epochs at the whole size, each at its better rate:
# whether their order is one of half the size.
_base_ = './camvid_peers.py'
title = 'From scratch on CamVid, 360x480, 30 epochs: official mIoU on val (101 frames)'
shared = {'train_cfg.max_epochs': 30, 'train_cfg.val_interval': 10}
best = ('deeplabv3plus-r18-lr2e-3', 'wavemix-64_11_l4_patch4-lr2e-3', 'bisenetv2-lr5e-4')
rows = {'_delete_': True, **{name: _base_.rows[name] for name in best}}
