_base_ = './emnist.py'
train_dataloader = dict(dataset=dict(variant='bymerge'))
val_dataloader = dict(dataset=dict(variant='bymerge'))
test_dataloader = val_dataloader
