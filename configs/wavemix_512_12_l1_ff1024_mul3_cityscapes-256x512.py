# 65.09 mIoU claimed in Table 6; 133.6 M parameters here.
_base_ = './wavemix_256_12_l1_ff1024_mul3_cityscapes-256x512.py'
model = dict(backbone=dict(embed_dims=512), decode_head=dict(in_channels=512))
