# Tables 3 and 7: 91.80 % claimed.
_base_ = ['./_base_/classifier_lite.py', './_base_/datasets/emnist_bymerge.py']
model = dict(backbone=dict(in_channels=1, depth=16), head=dict(num_classes=47))
