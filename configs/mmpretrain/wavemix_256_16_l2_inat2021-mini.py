# Tables 3 and 7: 61.75 % top-1 claimed.
_base_ = ['./_base_/classifier.py', './_base_/datasets/inat2021_mini.py']
model = dict(backbone=dict(embed_dims=256, level=2), head=dict(in_channels=256, num_classes=10000))
