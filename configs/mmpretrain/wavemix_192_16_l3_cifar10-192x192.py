# Table 7: 97.61 % claimed, from ImageNet weights.
_base_ = ['./_base_/pretrained.py', './_base_/datasets/cifar10_192.py']
model = dict(head=dict(num_classes=10))
