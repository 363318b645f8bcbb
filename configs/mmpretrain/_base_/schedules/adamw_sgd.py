# Section 4.2, for all but Table 4: AdamW, SGD in the final 50 of at most 300 epochs, mixed
# precision. It brings default_runtime along, whose hooks it adds to.
_base_ = '../default_runtime.py'
optim_wrapper = dict(
    type='AmpOptimWrapper',
    optimizer=dict(
        type='AdamW', lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01, fused=True
    ),
)
default_hooks = dict(
    switch=dict(
        type='SwitchOptimizerHook', begin=250, optimizer=dict(type='SGD', lr=1e-3, momentum=0.9)
    )
)
train_cfg = dict(by_epoch=True, max_epochs=300, val_interval=5)
val_cfg = dict()
test_cfg = dict()
