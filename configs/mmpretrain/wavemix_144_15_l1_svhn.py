# Tables 3 and 7: 98.73 % claimed.
_base_ = ['./_base_/classifier_lite.py', './_base_/datasets/svhn.py']
model = dict(backbone=dict(embed_dims=144, depth=15), head=dict(in_channels=144))
