# Tables 3, 7 and 8: 95.42 % claimed, 28 M parameters, from ImageNet weights.
_base_ = ['./_base_/pretrained.py', './_base_/datasets/galaxy10.py']
model = dict(head=dict(num_classes=10))
