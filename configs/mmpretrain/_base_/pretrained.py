# The rows of Table 7 with a star: from a backbone trained on ImageNet-1k, by the recipe of
# section 4.2.
_base_ = './classifier.py'
weights = '{{$WAVEMIX_192_16_L3_IN1K:work_dirs/wavemix_192_16_l3_emb1024_in1k/epoch_300.pth}}'
model = dict(backbone=dict(init_cfg=dict(type='ClassifierWeights', checkpoint=weights)))
