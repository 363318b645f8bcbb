# Table 2: 82.7 mIoU claimed, from a classifier trained on ImageNet-1k, its blocks and stem.
_base_ = './wavemix_256_16_l4_cityscapes.py'
weights = '{{$WAVEMIX_IN1K:work_dirs/wavemix_256_16_l4_in1k/epoch_300.pth}}'
model = dict(backbone=dict(init_cfg=dict(type='ClassifierWeights', checkpoint=weights)))
