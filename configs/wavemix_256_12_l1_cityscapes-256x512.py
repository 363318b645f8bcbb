# 67.46 mIoU claimed in Table 6; 16.9 M parameters here.
_base_ = [
    './_base_/models/wavemix.py',
    './_base_/datasets/cityscapes_256x512.py',
    './_base_/schedules/adamw_sgd.py',
]
model = dict(backbone=dict(depth=12, level=1))
