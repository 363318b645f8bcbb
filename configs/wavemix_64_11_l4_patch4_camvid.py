# wavemix_64_11_l4_camvid behind the stem of the authors' published weights: two convolutions at
# full size before it goes to a quarter, then an activation and a norm.
_base_ = './wavemix_64_11_l4_camvid.py'
model = dict(backbone=dict(stem=dict(_delete_=True, type='PatchifyStem', patch_size=4)))
