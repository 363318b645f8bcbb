# Section 4.3's baseline: ConvMixer with WaveMix's head, 75.78 mIoU claimed. Its size is not told:
# width, depth, kernel and patch are our choice, after WaveMix-256/16.
_base_ = './wavemix_256_16_l4_cityscapes.py'
model = dict(
    backbone=dict(
        _delete_=True, type='ConvMixer', embed_dims=256, depth=16, kernel_size=9, patch_size=4
    )
)
