# Table 4: 62.14 % top-1 claimed, 7.3 M parameters.
_base_ = './wavemix_128_8_l3_in1k.py'
# pooling before the 1x1 convolution is the same, for both are linear, and costs less
neck = dict(
    _delete_=True, type='LinearNeck', in_channels=128, out_channels=1024, gap_dim=2, norm_cfg=None
)
model = dict(neck=neck, head=dict(in_channels=1024))
