# Tables 11 and 13: 90.72 % claimed in one, 91.15 % in the other; no augmentation.
_base_ = ['./_base_/classifier_lite.py', './_base_/datasets/cifar10.py']
model = dict(backbone=dict(embed_dims=256), head=dict(in_channels=256))
