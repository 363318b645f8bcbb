# WaveMix and its peers on CamVid from scratch: the same data, augmentations, epochs, optimizer; two
# learning rates each, so that none is judged by a rate that suits another.
title = 'From scratch on CamVid, 360x480, 300 epochs: official mIoU on val (101 frames)'
shared = {'train_cfg.max_epochs': 300, 'train_cfg.val_interval': 20}

rates = {'lr5e-4': 5e-4, 'lr2e-3': 2e-3}
configs = {
    'wavemix-64_11_l4': 'configs/wavemix_64_11_l4_camvid.py',
    'wavemix-64_11_l4_patch4': 'configs/wavemix_64_11_l4_patch4_camvid.py',
    'wavemix-128_11_l4_patch4': 'configs/wavemix_128_11_l4_patch4_camvid.py',
    'segformer-b0': 'configs/peers/segformer_mit-b0_camvid.py',
    'segnext-t': 'configs/peers/segnext_mscan-t_camvid.py',
    'bisenetv2': 'configs/peers/bisenetv2_camvid.py',
    'ddrnet-23-slim': 'configs/peers/ddrnet_23-slim_camvid.py',
    'pidnet-s': 'configs/peers/pidnet-s_camvid.py',
    'deeplabv3plus-r18': 'configs/peers/deeplabv3plus_r18-d8_camvid.py',
    'unet': 'configs/peers/unet-s5-d16_camvid.py',
}
rows = {
    f'{model}-{rate}': dict(config=config, options={'optim_wrapper.optimizer.lr': value})
    for model, config in configs.items()
    for rate, value in rates.items()
}
