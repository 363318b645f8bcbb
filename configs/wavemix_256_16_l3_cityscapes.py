# Table 6: 76.54 mIoU claimed, 49.5 M parameters.
_base_ = [
    './_base_/models/wavemix.py',
    './_base_/datasets/cityscapes.py',
    './_base_/schedules/adamw_sgd.py',
]
model = dict(backbone=dict(level=3))
