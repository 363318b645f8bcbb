# WaveMix-240/12 of Tables 9 and 10 without the 1024 channels.
_base_ = './_base_/in1k_plain.py'
model = dict(backbone=dict(embed_dims=240, depth=12), head=dict(in_channels=240))
