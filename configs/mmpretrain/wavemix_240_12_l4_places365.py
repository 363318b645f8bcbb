# Tables 3 and 7: 56.45 % top-1 claimed.
_base_ = ['./_base_/classifier.py', './_base_/datasets/places365.py']
model = dict(
    backbone=dict(embed_dims=240, depth=12, level=4), head=dict(in_channels=240, num_classes=365)
)
