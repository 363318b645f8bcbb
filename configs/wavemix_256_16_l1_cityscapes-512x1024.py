# Table 6: 76.79 mIoU claimed, 22.2 M parameters.
_base_ = [
    './_base_/models/wavemix.py',
    './_base_/datasets/cityscapes_512x1024.py',
    './_base_/schedules/adamw_sgd.py',
]
model = dict(backbone=dict(level=1))
