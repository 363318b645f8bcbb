# The model of the authors' published Cityscapes weights (there with 20 classes, void first).
_base_ = './wavemix_256_16_l4_cityscapes.py'
stem = dict(_delete_=True, type='PatchifyStem', patch_size=4)
model = dict(
    backbone=dict(embed_dims=192, level=3, drop_rate=0.5, stem=stem),
    decode_head=dict(in_channels=192, mid_channels=128, channels=64),
)
