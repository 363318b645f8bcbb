# 66.67 mIoU claimed in Table 6; 12.9 M parameters here.
_base_ = [
    './_base_/models/wavemix.py',
    './_base_/datasets/cityscapes_256x512.py',
    './_base_/schedules/adamw_sgd.py',
]
model = dict(backbone=dict(embed_dims=224, depth=12, level=1), decode_head=dict(in_channels=224))
