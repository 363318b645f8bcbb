# WaveMix for as long as DeepLabV3+ takes for its 30 epochs of camvid_peers_30epochs (2.7 times as
# long a core as WaveMix does for as many): equal time in place of equal epochs.
_base_ = './camvid_peers.py'
title = 'From scratch on CamVid, 360x480, equal time: official mIoU on val (101 frames)'
shared = {'train_cfg.max_epochs': 81, 'train_cfg.val_interval': 27}
row = 'wavemix-64_11_l4_patch4-lr2e-3'
rows = {'_delete_': True, row: _base_.rows[row]}
