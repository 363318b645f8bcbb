_base_ = './emnist.py'
train_dataloader = dict(dataset=dict(variant='digits'))
val_dataloader = dict(dataset=dict(variant='digits'))
test_dataloader = val_dataloader
