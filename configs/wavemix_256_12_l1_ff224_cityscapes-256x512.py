# 66.75 mIoU claimed in Table 6; 15.1 M parameters here.
_base_ = [
    './_base_/models/wavemix.py',
    './_base_/datasets/cityscapes_256x512.py',
    './_base_/schedules/adamw_sgd.py',
]
model = dict(backbone=dict(depth=12, level=1, ff_channels=224))
