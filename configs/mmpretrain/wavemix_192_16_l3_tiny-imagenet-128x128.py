# Table 7: 77.49 % claimed, from ImageNet weights.
_base_ = ['./_base_/pretrained.py', './_base_/datasets/tiny_imagenet_128.py']
model = dict(head=dict(num_classes=200))
