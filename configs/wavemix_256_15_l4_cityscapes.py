# Table 6: 77.18 mIoU claimed, 59.3 M parameters.
_base_ = [
    './_base_/models/wavemix.py',
    './_base_/datasets/cityscapes.py',
    './_base_/schedules/adamw_sgd.py',
]
model = dict(backbone=dict(depth=15))
