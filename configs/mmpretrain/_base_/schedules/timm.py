# The defaults of timm's training script (Table 4): SGD with Nesterov momentum, 3 epochs of warm-up,
# cosine, no decay of biases and norms. Its rate of 0.05 is for a batch of 128: 0.1 for the 256 of
# section 4.2. Left out: timm's 10 epochs of cool-down, since the paper stops at 300.
_base_ = '../default_runtime.py'
optim_wrapper = dict(
    type='AmpOptimWrapper',
    optimizer=dict(type='SGD', lr=0.1, momentum=0.9, nesterov=True, weight_decay=2e-5),
    paramwise_cfg=dict(norm_decay_mult=0.0, bias_decay_mult=0.0),
)
param_scheduler = [
    dict(type='LinearLR', start_factor=2e-3, by_epoch=True, end=3),
    dict(type='CosineAnnealingLR', eta_min=1e-6, by_epoch=True, begin=3),
]
train_cfg = dict(by_epoch=True, max_epochs=300, val_interval=1)
val_cfg = dict()
test_cfg = dict()
auto_scale_lr = dict(base_batch_size=256)
