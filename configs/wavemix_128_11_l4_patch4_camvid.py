# The shipped model at twice its width: as many parameters as DeepLabV3+ on a ResNet-18.
_base_ = './wavemix_64_11_l4_patch4_camvid.py'
model = dict(backbone=dict(embed_dims=128), decode_head=dict(in_channels=128))
