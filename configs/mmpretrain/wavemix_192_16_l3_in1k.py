# The 192/16 of Table 4 as the authors published its weights: without the 1024 channels.
_base_ = './_base_/in1k_timm.py'
