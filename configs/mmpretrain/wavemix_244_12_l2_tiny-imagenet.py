# Table 7: 64.51 % claimed, TrivialAugment.
_base_ = ['./_base_/classifier_lite.py', './_base_/datasets/tiny_imagenet.py']
model = dict(
    backbone=dict(embed_dims=244, depth=12, level=2), head=dict(in_channels=244, num_classes=200)
)
