# The same models on streets that they have not seen: val is a drive of its own here, where SegNet's
# is seven seconds of a street that train has, too. Each model has the rate that is the better one
# in camvid_peers_180x240.
_base_ = './camvid_peers_180x240.py'
title = 'CamVid without drive 0006R0, 180x240, 30 epochs: official mIoU on that drive (101 frames)'
shared = {
    f'{split}_dataloader.dataset.data_root': 'data/camvid_unseen'
    for split in ('train', 'val', 'test')
}
better = (
    'wavemix-64_11_l4-lr2e-3',
    'wavemix-64_11_l4_patch4-lr2e-3',
    'segformer-b0-lr5e-4',
    'segnext-t-lr2e-3',
    'bisenetv2-lr5e-4',
    'ddrnet-23-slim-lr2e-3',
    'pidnet-s-lr2e-3',
    'deeplabv3plus-r18-lr2e-3',
)
rows = {'_delete_': True, **{name: _base_.rows[name] for name in better}}
