# As many blocks as 3 million parameters, 6 MB in float16, allow at a width of 64.
_base_ = './wavemix_64_6_l4_camvid.py'
model = dict(backbone=dict(depth=11))
