# The paper's whole schedule (section 4.2): AdamW, and SGD for the final 50 of at most 300 epochs.
# It brings default_runtime along, whose hooks it adds to: two `_base_` files may not share a key.
_base_ = ['./adamw.py', '../../default_runtime.py']
default_hooks = dict(
    switch=dict(
        type='SwitchOptimizerHook', optimizer=dict(type='SGD', lr=1e-3, momentum=0.9), begin=250
    )
)
