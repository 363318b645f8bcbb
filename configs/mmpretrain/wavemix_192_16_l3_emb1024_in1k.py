# Table 4: 75.31 % top-1 claimed, 28.9 M parameters: 1024 channels before the classes.
_base_ = './wavemix_192_16_l3_in1k.py'
# pooling before the 1x1 convolution is the same, for both are linear, and costs less
neck = dict(
    _delete_=True, type='LinearNeck', in_channels=192, out_channels=1024, gap_dim=2, norm_cfg=None
)
model = dict(neck=neck, head=dict(in_channels=1024))
