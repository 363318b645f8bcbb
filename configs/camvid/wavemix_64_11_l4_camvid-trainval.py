# The fifth cycle on train and val together: for the test split alone. Its scores on val, which it
# has seen, say nothing.
_base_ = './wavemix_64_11_l4_camvid-cycle5.py'
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
