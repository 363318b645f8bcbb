# WaveMix made larger, one change at a time to the row of camvid_peers_180x240 whose shape ships:
# twice the blocks; a head of DeepLabV3+'s kind, which sees the whole picture, without its second
# input: WaveMix has no earlier stage for that.
_base_ = './camvid_peers_180x240.py'
title = 'WaveMix-64/11 behind patches, 180x240, 30 epochs: official mIoU on val, one change a row'
lr = {'optim_wrapper.optimizer.lr': 2e-3}
config = 'configs/wavemix_64_11_l4_patch4_camvid.py'
focal = dict(type='SoftmaxFocalLoss', gamma=2.0, class_weight=_base_.class_weight)
rows = {
    '_delete_': True,
    'depth-22': dict(config=config, options={**lr, 'model.backbone.depth': 22}),
    'aspp-head': dict(
        config=config,
        options={
            **lr,
            'model.decode_head': dict(
                _delete_=True,
                type='DepthwiseSeparableASPPHead',
                in_channels=64,
                in_index=0,
                channels=64,
                dilations=(1, 12, 24, 36),
                c1_in_channels=0,
                c1_channels=0,
                num_classes=11,
                norm_cfg=dict(type='BN'),
                align_corners=False,
                loss_decode=focal,
            ),
        },
    ),
}
