# What MMSegmentation's models of configs/peers share: pictures normalised as ours are, weights in
# memory with their channels last. Each says what its stages divide, by size_divisor.
model = dict(
    type='LeanEncoderDecoder',
    data_preprocessor=dict(
        type='SegDataPreProcessor',
        mean=[123.675, 116.28, 103.53],
        std=[58.395, 57.12, 57.375],
        bgr_to_rgb=True,
        pad_val=0,
        seg_pad_val=255,
        size_divisor=1,
    ),
    train_cfg=dict(),
    test_cfg=dict(mode='whole'),
)
