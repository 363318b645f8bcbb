# Table 7: 78.78 % claimed, TrivialAugment.
_base_ = ['./_base_/classifier_lite.py', './_base_/datasets/cifar100_trivial_augment.py']
model = dict(backbone=dict(embed_dims=256, depth=10), head=dict(in_channels=256, num_classes=100))
