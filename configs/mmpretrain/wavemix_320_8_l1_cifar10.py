# Table 7: 95.37 % claimed, TrivialAugment.
_base_ = ['./_base_/classifier_lite.py', './_base_/datasets/cifar10_trivial_augment.py']
model = dict(backbone=dict(embed_dims=320, depth=8), head=dict(in_channels=320))
