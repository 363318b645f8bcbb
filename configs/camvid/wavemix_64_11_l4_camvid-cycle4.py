# A fourth cycle, of the grown model: on its own training frames it still had a mIoU of 74, so more
# steps, of four frames instead of eight.
_base_ = './wavemix_64_11_l4_camvid-grown.py'
initial = 'work_dirs/wavemix_64_11_l4_camvid-grown/epoch_76.pth'
model = dict(init_cfg=dict(checkpoint=initial))
train_dataloader = dict(batch_size=4)
optim_wrapper = dict(optimizer=dict(lr=1e-3))
train_cfg = dict(max_epochs=62, val_interval=10)
randomness = dict(seed=4)
