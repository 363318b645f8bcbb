# WaveMix-128/8 of Table 4 without the 1024 channels. Its 7.3 M are met with the strided stem.
_base_ = './_base_/in1k_timm.py'
stem = dict(_delete_=True, type='StridedStem', strides=(2, 2))
model = dict(backbone=dict(embed_dims=128, depth=8, stem=stem), head=dict(in_channels=128))
