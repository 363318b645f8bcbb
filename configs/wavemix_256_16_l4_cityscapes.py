# The paper's best model without pre-training: 78.64 mIoU claimed in Table 6.
_base_ = [
    './_base_/models/wavemix.py',
    './_base_/datasets/cityscapes.py',
    './_base_/schedules/adamw_sgd.py',
]
