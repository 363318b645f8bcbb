# Is a larger one better? Five more blocks behind the eleven of the average that ships, then a cycle
# like the seventh.
_base_ = './wavemix_64_11_l4_patch4_camvid-cycle7.py'
initial = 'work_dirs/wavemix_64_11_l4_patch4_camvid-average/cycles_7_8_9.pth'
model = dict(init_cfg=dict(checkpoint=initial), backbone=dict(depth=16))
randomness = dict(seed=13)
