# Street View House Numbers enlarged to 128x128, no augmentation (Table 7).
_base_ = './svhn.py'
train_pipeline = [
    dict(type='Resize', scale=(128, 128), interpolation='bicubic', backend='pillow'),
    dict(type='PackInputs'),
]
test_pipeline = train_pipeline
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=test_pipeline))
test_dataloader = val_dataloader
