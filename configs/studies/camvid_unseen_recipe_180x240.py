# Augmentations of WaveMix for streets that it has not seen, one change at a time to its row in
# camvid_unseen_180x240.
_base_ = './camvid_unseen_180x240.py'
title = 'WaveMix without drive 0006R0 of CamVid, 180x240, 30 epochs: official mIoU on that drive'
pipeline = 'train_dataloader.dataset.pipeline'
shared = {
    '_delete_': True,
    **{key: value for key, value in _base_.shared.items() if not key.startswith(pipeline)},
}
load, labels, resize, crop, flip, colours, pack = _base_.train_pipeline
stronger_colours = dict(
    colours,
    brightness_delta=64,
    contrast_range=(0.4, 1.6),
    saturation_range=(0.2, 1.8),
    hue_delta=36,
)
wider_scales = dict(resize, ratio_range=(0.5, 2.5))
rotation = dict(type='RandomRotate', prob=0.5, degree=10, seg_pad_val=255)
steps = {
    'flip-only': [dict(type='Resize', scale=(240, 180), keep_ratio=False), flip],
    'no-colours': [resize, crop, flip],
    'strong-colours': [resize, crop, flip, stronger_colours],
    'wide-scales': [wider_scales, crop, flip, colours],
    'rotation': [resize, rotation, crop, flip, colours],
    'cutout': [
        resize,
        crop,
        flip,
        colours,
        dict(
            type='RandomCutOut',
            prob=0.5,
            n_holes=(1, 4),
            cutout_ratio=[(0.1, 0.1), (0.2, 0.2), (0.3, 0.2)],
            seg_fill_in=255,
        ),
    ],
}
rows = {
    '_delete_': True,
    **{
        name: dict(
            config='configs/wavemix_64_11_l4_patch4_camvid.py',
            options={pipeline: [load, labels, *changed, pack]},
        )
        for name, changed in steps.items()
    },
}
