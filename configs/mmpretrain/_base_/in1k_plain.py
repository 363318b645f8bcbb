# Tables 9, 10 and 12: ImageNet-1k without augmentation, by the recipe of section 4.2.
_base_ = ['./classifier.py', './datasets/in1k.py']
