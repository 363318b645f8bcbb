# What the segmentation model of Table 2 (82.7 mIoU) begins with; the paper has no such classifier.
# Its stem is the segmentation model's, so that every weight fits.
_base_ = './_base_/in1k_timm.py'
stem = dict(_delete_=True, type='StridedStem', strides=(2, 2))
model = dict(backbone=dict(embed_dims=256, level=4, stem=stem), head=dict(in_channels=256))
