# 76.79 mIoU claimed in Table 6; 22.2 M parameters here.
_base_ = [
    './_base_/models/wavemix.py',
    './_base_/datasets/cityscapes_512x1024.py',
    './_base_/schedules/adamw_sgd.py',
]
model = dict(backbone=dict(level=1))
