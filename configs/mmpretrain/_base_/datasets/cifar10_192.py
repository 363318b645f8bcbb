# CIFAR-10 enlarged to 192x192, TrivialAugment (Table 7).
_base_ = './cifar10.py'
train_pipeline = [
    dict(type='Resize', scale=(192, 192), interpolation='bicubic', backend='pillow'),
    dict(type='NumpyToPIL'),
    dict(type='torchvision/TrivialAugmentWide'),
    dict(type='PackInputs'),
]
test_pipeline = [
    dict(type='Resize', scale=(192, 192), interpolation='bicubic', backend='pillow'),
    dict(type='PackInputs'),
]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=test_pipeline))
test_dataloader = val_dataloader
