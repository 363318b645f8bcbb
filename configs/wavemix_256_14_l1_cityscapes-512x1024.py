# 73.86 mIoU claimed in Table 6; 19.6 M parameters here.
_base_ = [
    './_base_/models/wavemix.py',
    './_base_/datasets/cityscapes_512x1024.py',
    './_base_/schedules/adamw_sgd.py',
]
model = dict(backbone=dict(depth=14, level=1))
