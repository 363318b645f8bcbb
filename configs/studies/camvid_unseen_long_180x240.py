# What keeps WaveMix general once it has learned all it can from its own streets: its row of
# camvid_unseen_180x240 for three times as long, augmented more and more.
_base_ = './camvid_unseen_recipe_180x240.py'
title = 'WaveMix without drive 0006R0 of CamVid, 180x240, 90 epochs: official mIoU on that drive'
shared = {'train_cfg.max_epochs': 90}
config = 'configs/wavemix_64_11_l4_patch4_camvid.py'
load, labels, resize, crop, flip, colours, pack = _base_.train_pipeline
stronger = _base_.steps['strong-colours'][-1]
rows = {
    '_delete_': True,
    'baseline': dict(config=config, options={_base_.pipeline: _base_.train_pipeline}),
    'together': dict(
        config=config,
        options={
            _base_.pipeline: [
                load,
                labels,
                _base_.steps['wide-scales'][0],
                _base_.steps['rotation'][1],
                crop,
                flip,
                stronger,
                pack,
            ]
        },
    ),
}
