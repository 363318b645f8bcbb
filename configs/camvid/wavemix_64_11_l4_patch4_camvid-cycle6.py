# A sixth cycle, of all of it, behind the stem that learned to serve the fifth one's blocks.
_base_ = './wavemix_64_11_l4_camvid-cycle5.py'
initial = 'work_dirs/wavemix_64_11_l4_patch4_camvid-stem/epoch_3.pth'
model = dict(
    init_cfg=dict(checkpoint=initial),
    backbone=dict(stem=dict(_delete_=True, type='PatchifyStem', patch_size=4)),
)
train_cfg = dict(max_epochs=45, val_interval=9)
randomness = dict(seed=6)
