# The peers without a GPU: half the size, 30 epochs, two learning rates each, on the baseline of
# camvid_recipe. DeepLabV3+ and U-Net would take an hour a row on a core: they are left to
# camvid_peers.
_base_ = '../_base_/datasets/camvid_180x240.py'
title = 'From scratch on CamVid, 180x240, 30 epochs: official mIoU on val (101 frames)'
shared = {
    'train_cfg.max_epochs': 30,
    # by index: PIDNet's has one step more
    'train_dataloader.dataset.pipeline.2.scale': {{_base_.scale}},
    'train_dataloader.dataset.pipeline.3.crop_size': (160, 224),
    'val_dataloader.dataset.pipeline': {{_base_.test_pipeline}},
    'test_dataloader.dataset.pipeline': {{_base_.test_pipeline}},
}

rates = {'lr5e-4': 5e-4, 'lr2e-3': 2e-3}
configs = {
    'wavemix-64_6_l4': 'configs/wavemix_64_6_l4_camvid.py',
    'segformer-b0': 'configs/peers/segformer_mit-b0_camvid.py',
    'segnext-t': 'configs/peers/segnext_mscan-t_camvid.py',
    'bisenetv2': 'configs/peers/bisenetv2_camvid.py',
    'ddrnet-23-slim': 'configs/peers/ddrnet_23-slim_camvid.py',
    'pidnet-s': 'configs/peers/pidnet-s_camvid.py',
}
rows = {
    f'{model}-{rate}': dict(config=config, options={'optim_wrapper.optimizer.lr': value})
    for model, config in configs.items()
    for rate, value in rates.items()
}
