# Tables 3 and 7: 91.06 % claimed.
_base_ = ['./_base_/classifier_lite.py', './_base_/datasets/emnist.py']
model = dict(backbone=dict(in_channels=1), head=dict(num_classes=47))
