# What keeps WaveMix general once it has learned all it can from its own streets: its row of
# camvid_unseen_180x240 for three times as long, augmented as it is and more.
_base_ = './camvid_unseen_recipe_180x240.py'
title = 'WaveMix without drive 0006R0 of CamVid, 180x240, 90 epochs: official mIoU on that drive'
shared = {'train_cfg.max_epochs': 90}
load, labels, resize, crop, flip, colours, pack = _base_.train_pipeline
pipelines = {
    'baseline': _base_.train_pipeline,
    'together': [
        load,
        labels,
        _base_.wider_scales,
        _base_.rotation,
        crop,
        flip,
        _base_.stronger_colours,
        pack,
    ],
}
rows = {
    '_delete_': True,
    **{
        name: dict(
            config='configs/wavemix_64_11_l4_patch4_camvid.py', options={_base_.pipeline: steps}
        )
        for name, steps in pipelines.items()
    },
}
