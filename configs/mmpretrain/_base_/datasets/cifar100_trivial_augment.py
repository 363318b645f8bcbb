# CIFAR-100 at 32x32, TrivialAugment (Table 7).
_base_ = './cifar100.py'
train_pipeline = [
    dict(type='NumpyToPIL'),
    dict(type='torchvision/TrivialAugmentWide'),
    dict(type='PackInputs'),
]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
