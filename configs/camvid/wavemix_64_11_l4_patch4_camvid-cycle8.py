# An eighth cycle like the seventh, from its weights: what more of the same does.
_base_ = './wavemix_64_11_l4_patch4_camvid-cycle7.py'
initial = 'work_dirs/wavemix_64_11_l4_patch4_camvid-cycle7/epoch_45.pth'
model = dict(init_cfg=dict(checkpoint=initial))
randomness = dict(seed=10)
