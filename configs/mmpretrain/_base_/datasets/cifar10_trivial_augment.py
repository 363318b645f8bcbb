# CIFAR-10 at 32x32, TrivialAugment (Table 7).
_base_ = './cifar10.py'
train_pipeline = [
    dict(type='NumpyToPIL'),
    dict(type='torchvision/TrivialAugmentWide'),
    dict(type='PackInputs'),
]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
