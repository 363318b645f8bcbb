# Table 7: 85.64 % claimed, from ImageNet weights.
_base_ = ['./_base_/pretrained.py', './_base_/datasets/cifar100_224.py']
model = dict(head=dict(num_classes=100))
