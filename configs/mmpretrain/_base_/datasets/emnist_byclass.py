_base_ = './emnist.py'
train_dataloader = dict(dataset=dict(variant='byclass'))
val_dataloader = dict(dataset=dict(variant='byclass'))
test_dataloader = val_dataloader
