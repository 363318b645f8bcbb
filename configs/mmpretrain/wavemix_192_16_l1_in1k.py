# WaveMix-Lite-192/16 of Table 4 without the 1024 channels.
_base_ = './_base_/in1k_timm.py'
model = dict(backbone=dict(level=1))
