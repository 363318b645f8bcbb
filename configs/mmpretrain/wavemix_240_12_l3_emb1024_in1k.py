# Tables 9 and 10: 70.02 % top-1 claimed, 33.8 M parameters.
_base_ = './wavemix_240_12_l3_in1k.py'
# pooling before the 1x1 convolution is the same, for both are linear, and costs less
neck = dict(
    _delete_=True, type='LinearNeck', in_channels=240, out_channels=1024, gap_dim=2, norm_cfg=None
)
model = dict(neck=neck, head=dict(in_channels=1024))
