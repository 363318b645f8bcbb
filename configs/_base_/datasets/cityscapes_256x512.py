# Cityscapes resized to 256x512, labels too for training (Table 6). Predictions come back to full
# size and are scored there; or at 256x512, as the paper scores, by `tools/test.py
# --at-network-size`, and in a config by dict(type='PredictionSize', size=network_size) before
# PackSegInputs with val_evaluator = dict(network_size=network_size).
_base_ = './cityscapes.py'
network_size = (256, 512)  # height, width
scale = (512, 256)  # width, height, in mmcv's way

train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='LoadAnnotations'),
    dict(type='Resize', scale=scale, keep_ratio=False),
    dict(type='RandomFlip', prob=0.5),
    dict(type='PackSegInputs'),
]
test_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='Resize', scale=scale, keep_ratio=False),
    dict(type='LoadAnnotations'),  # after it: labels keep their full size
    dict(type='PackSegInputs'),
]
tta_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(
        type='TestTimeAug',
        transforms=[
            [
                dict(type='Resize', scale=(int(512 * r), int(256 * r)), keep_ratio=False)
                for r in (0.75, 1.0, 1.25)
            ],
            [dict(type='RandomFlip', prob=p, direction='horizontal') for p in (0.0, 1.0)],
            [dict(type='LoadAnnotations')],
            [dict(type='PackSegInputs')],
        ],
    ),
]

# The paper tells its batch of 5 for the full size only. 10 is ours: by the column "max batch size"
# of Table 6, the largest models of this size fit 11.
train_dataloader = dict(batch_size=10, dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=test_pipeline))
test_dataloader = val_dataloader
