# Table 6: 75.92 mIoU claimed, 35.9 M parameters.
_base_ = [
    './_base_/models/wavemix.py',
    './_base_/datasets/cityscapes.py',
    './_base_/schedules/adamw_sgd.py',
]
model = dict(backbone=dict(level=2))
