# Table 6: 67.94 mIoU claimed, 56.7 M parameters.
_base_ = './wavemix_256_16_l1_ff512_mul3_cityscapes-256x512.py'
model = dict(backbone=dict(embed_dims=320), decode_head=dict(in_channels=320))
