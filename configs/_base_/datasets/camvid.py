# CamVid in the SegNet split, 360x480, as tools/dataset_converters/camvid.py writes it. Its 11
# classes are a subset of Cityscapes', so mmseg maps their train ids and the official scripts score.
_base_ = './cityscapes.py'
data_root = '{{$CAMVID_DATASET:data/camvid}}'
metainfo = dict(
    classes=(
        'road',
        'sidewalk',
        'building',
        'fence',
        'pole',
        'traffic sign',
        'vegetation',
        'sky',
        'person',
        'rider',
        'car',
    )
)
# square root of ENet's 1 / ln(1.02 + share of the train pixels), road = 1
class_weight = [1.0, 2.2, 1.1, 3.1, 3.2, 3.1, 1.6, 1.3, 3.4, 3.6, 2.0]

train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='LoadAnnotations'),
    dict(type='RandomResize', scale=(480, 360), ratio_range=(0.75, 2.0), keep_ratio=True),
    dict(type='RandomCrop', crop_size=(320, 448), cat_max_ratio=0.75),
    dict(type='RandomFlip', prob=0.5),
    dict(type='PhotoMetricDistortion'),
    dict(type='PackSegInputs'),
]
train_dataloader = dict(
    batch_size=8,
    num_workers=2,
    dataset=dict(data_root=data_root, metainfo=metainfo, pipeline=train_pipeline),
)
val_dataloader = dict(dataset=dict(data_root=data_root, metainfo=metainfo))
test_dataloader = val_dataloader

data_hint = """\
To get CamVid: take the SegNet tutorial's folder CamVid (train, trainannot, val, valannot), then
    python tools/dataset_converters/camvid.py path/to/CamVid data/camvid
which brings test and testannot along where the folder has them.
If it lies elsewhere in Cityscapes layout:
    export CAMVID_DATASET=/path/to/it
The studies camvid_unseen_* read data/camvid_unseen and nothing else:
    python tools/dataset_converters/camvid.py path/to/CamVid data/camvid_unseen --hold-out 0006R0"""
