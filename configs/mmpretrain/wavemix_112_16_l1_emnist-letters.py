# Tables 3 and 7: 95.96 % claimed.
_base_ = ['./_base_/classifier_lite.py', './_base_/datasets/emnist_letters.py']
model = dict(
    backbone=dict(in_channels=1, embed_dims=112, depth=16),
    head=dict(in_channels=112, num_classes=26),
)
