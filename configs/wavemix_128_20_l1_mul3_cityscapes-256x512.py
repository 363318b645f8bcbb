# Table 6: 67.76 mIoU claimed, 7.5 M parameters.
_base_ = './wavemix_256_20_l1_mul3_cityscapes-256x512.py'
model = dict(backbone=dict(embed_dims=128), decode_head=dict(in_channels=128))
