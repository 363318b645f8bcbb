# Table 7: 98.79 % claimed, from ImageNet weights.
_base_ = ['./_base_/pretrained.py', './_base_/datasets/svhn_128.py']
model = dict(head=dict(num_classes=10))
