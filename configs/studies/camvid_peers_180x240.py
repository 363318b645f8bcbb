# The peers without a GPU: half the size, 30 epochs, on what camvid_recipe's rows are trained on.
_base_ = ['./camvid_peers.py', '../_base_/datasets/camvid_180x240.py']
title = 'From scratch on CamVid, 180x240, 30 epochs: official mIoU on val (101 frames)'
shared = {
    'train_cfg.max_epochs': 30,
    'train_cfg.val_interval': 5,
    # by index: PIDNet's has one step more
    'train_dataloader.dataset.pipeline.2.scale': _base_.scale,
    'train_dataloader.dataset.pipeline.3.crop_size': (160, 224),
    'val_dataloader.dataset.pipeline': _base_.test_pipeline,
    'test_dataloader.dataset.pipeline': _base_.test_pipeline,
}
# a quarter of the pixels, a quarter of those that are kept
fewer = {
    'ddrnet-23-slim': {f'model.decode_head.loss_decode.{i}.min_kept': 6000 for i in (0, 1)},
    'pidnet-s': {f'model.decode_head.loss_decode.{i}.min_kept': 6000 for i in (1, 3)},
}
rows = {
    '_delete_': True,
    **{
        name: dict(row, options={**row['options'], **fewer.get(name.rpartition('-')[0], {})})
        for name, row in _base_.rows.items()
    },
}
