# Table 5: 90 % claimed with 520,106 parameters.
_base_ = ['./_base_/classifier_lite.py', './_base_/datasets/cifar10.py']
model = dict(backbone=dict(embed_dims=64, depth=6), head=dict(in_channels=64))
