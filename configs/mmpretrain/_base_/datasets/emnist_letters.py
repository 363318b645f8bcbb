_base_ = './emnist.py'
train_dataloader = dict(dataset=dict(variant='letters'))
val_dataloader = dict(dataset=dict(variant='letters'))
test_dataloader = val_dataloader
