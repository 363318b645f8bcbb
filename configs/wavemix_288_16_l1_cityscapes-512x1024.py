# 73.06 mIoU claimed in Table 6; 28.1 M parameters here.
_base_ = [
    './_base_/models/wavemix.py',
    './_base_/datasets/cityscapes_512x1024.py',
    './_base_/schedules/adamw_sgd.py',
]
model = dict(backbone=dict(embed_dims=288, level=1), decode_head=dict(in_channels=288))
