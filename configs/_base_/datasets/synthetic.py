# Synthetic street scenes, 256x512, as tools/dataset_converters/synthetic.py writes them.
_base_ = './cityscapes.py'
data_root = '{{$SYNTHETIC_DATASET:data/synthetic}}'
train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='LoadAnnotations'),
    dict(type='RandomCrop', crop_size=(256, 256)),  # half the picture: twice the pictures a minute
    dict(type='RandomFlip', prob=0.5),
    dict(type='PackSegInputs'),
]
train_dataloader = dict(
    batch_size=8, num_workers=2, dataset=dict(data_root=data_root, pipeline=train_pipeline)
)
val_dataloader = dict(dataset=dict(data_root=data_root))
test_dataloader = val_dataloader

data_hint = """\
To make the scenes:
    python tools/dataset_converters/synthetic.py data/synthetic
If they lie elsewhere:
    export SYNTHETIC_DATASET=/path/to/them"""
