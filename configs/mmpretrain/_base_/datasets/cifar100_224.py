# CIFAR-100 enlarged to 224x224, TrivialAugment (Table 7).
_base_ = './cifar100.py'
train_pipeline = [
    dict(type='Resize', scale=(224, 224), interpolation='bicubic', backend='pillow'),
    dict(type='NumpyToPIL'),
    dict(type='torchvision/TrivialAugmentWide'),
    dict(type='PackInputs'),
]
test_pipeline = [
    dict(type='Resize', scale=(224, 224), interpolation='bicubic', backend='pillow'),
    dict(type='PackInputs'),
]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=test_pipeline))
test_dataloader = val_dataloader
