# A third cycle, on train and val together: for the test split alone. Its scores on val, which it
# has seen, say nothing.
_base_ = './wavemix_64_6_l4_camvid-cycle2.py'
load_from = 'work_dirs/wavemix_64_6_l4_camvid-cycle2/epoch_100.pth'
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
optim_wrapper = dict(optimizer=dict(lr=1e-3))
train_cfg = dict(max_epochs=60, val_interval=20)
randomness = dict(seed=2)
