# Table 6: 67.46 mIoU claimed, 25.6 M parameters.
_base_ = [
    './_base_/models/wavemix.py',
    './_base_/datasets/cityscapes_256x512.py',
    './_base_/schedules/adamw_sgd.py',
]
model = dict(backbone=dict(level=1, ff_channels=272, mlp_ratio=3))
