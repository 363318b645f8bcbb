# The average of three cycles that ships, twelve epochs more on train and val together: for the test
# split alone. Its scores on val, which it has seen, say nothing.
_base_ = './wavemix_64_11_l4_patch4_camvid-cycle7.py'
initial = 'work_dirs/wavemix_64_11_l4_patch4_camvid-average/cycles_7_8_9.pth'
model = dict(init_cfg=dict(checkpoint=initial))
train_dataloader = dict(
    dataset=dict(
        _delete_=True,
        type='ConcatDataset',
        datasets=[
            dict(
                type='CityscapesDataset',
                data_root={{_base_.data_root}},
                metainfo={{_base_.metainfo}},
                data_prefix=dict(img_path=f'leftImg8bit/{split}', seg_map_path=f'gtFine/{split}'),
                pipeline={{_base_.train_pipeline}},
            )
            for split in ('train', 'val')
        ],
    )
)
param_scheduler = [
    dict(type='LinearLR', start_factor=0.01, by_epoch=True, end=2, convert_to_iter_based=True),
    dict(type='CosineAnnealingLR', by_epoch=True, begin=4, convert_to_iter_based=True),
]
train_cfg = dict(max_epochs=12)
randomness = dict(seed=12)
