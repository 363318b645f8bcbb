# What matters when WaveMix is trained on CamVid, one change at a time. Small: half the size, 30
# epochs, one seed. Differences of less than four points are undecided (docs/camvid.md).
_base_ = '../_base_/datasets/camvid.py'
title = 'WaveMix on CamVid, 180x240, 30 epochs: official mIoU on val (101 frames), one change a row'
shared = {'train_cfg.max_epochs': 30}

config = 'configs/camvid/wavemix_64_6_l4_camvid-180x240.py'
pipeline = 'train_dataloader.dataset.pipeline'
rows = {
    'baseline': dict(config=config, claim='level 4, AdamW, strided stem, focal loss'),
    # depth of the transform; the paper's Table 6, Cityscapes: 75.32, 75.92, 76.54, 78.64
    'level-1': dict(
        config=config, options={'model.backbone.level': 1}, claim='higher levels are better'
    ),
    'level-2': dict(config=config, options={'model.backbone.level': 2}, claim='same'),
    'level-3': dict(config=config, options={'model.backbone.level': 3}, claim='same'),
    # equal parameters (1.50 to 1.56 M), other shapes
    'wide-88x3': dict(
        config=config,
        options={
            'model.backbone.embed_dims': 88,
            'model.backbone.depth': 3,
            'model.decode_head.in_channels': 88,
        },
        claim='depth and width both help',
    ),
    'deep-48x11': dict(
        config=config,
        options={
            'model.backbone.embed_dims': 48,
            'model.backbone.depth': 11,
            'model.decode_head.in_channels': 48,
        },
        claim='same',
    ),
    'gamma-0': dict(
        config=config,
        options={'model.decode_head.loss_decode.gamma': 0.0},
        claim='focal loss, no ablation',
    ),
    'gamma-1': dict(config=config, options={'model.decode_head.loss_decode.gamma': 1.0}),
    'no-class-weight': dict(
        config=config, options={'model.decode_head.loss_decode.class_weight': None}
    ),
    # the paper's schedule in the proportions of 300 epochs: constant rates, SGD for the last sixth
    'adamw-constant': dict(
        config=config,
        options={'param_scheduler': None, 'optim_wrapper.optimizer.lr': 1e-3},
    ),
    'adamw-then-sgd': dict(
        config=config,
        options={
            'param_scheduler': None,
            'optim_wrapper.optimizer.lr': 1e-3,
            'default_hooks.switch': dict(
                type='SwitchOptimizerHook',
                optimizer=dict(type='SGD', lr=1e-3, momentum=0.9),
                begin=25,
            ),
        },
        claim='AdamW, SGD for the last 50 epochs',
    ),
    'flip-only': dict(
        config=config,
        options={
            pipeline: [
                dict(type='LoadImageFromFile'),
                dict(type='LoadAnnotations'),
                dict(type='Resize', scale=(240, 180), keep_ratio=False),
                dict(type='RandomFlip', prob=0.5),
                dict(type='PackSegInputs'),
            ]
        },
        claim='horizontal flip alone is used',
    ),
    'patchify-stem': dict(
        config=config,
        options={
            'model.backbone.stem': dict(_delete_=True, type='PatchifyStem', patch_size=4),
        },
        claim='strided, except for the published weights',
    ),
    # as deeper networks are helped to begin; it is thrown away after training
    'auxiliary-head': dict(
        config=config,
        options={
            'model.backbone.out_indices': (2, 5),
            'model.auxiliary_head': dict(
                type='FCNHead',
                in_channels=64,
                in_index=0,
                channels=64,
                num_convs=1,
                num_classes=11,
                norm_cfg=dict(type='BN'),
                loss_decode=dict(
                    type='SoftmaxFocalLoss',
                    loss_weight=0.4,
                    class_weight={{_base_.class_weight}},
                ),
            ),
        },
    ),
    'ema': dict(config=config, options={'default_hooks.ema': dict(type='EMAHook', momentum=0.002)}),
    # 'ema' scores averages with the last step's statistics of the norms; these are averages, too
    'ema-buffers': dict(
        config=config,
        options={'default_hooks.ema': dict(type='EMAHook', momentum=0.002, update_buffers=True)},
    ),
}
