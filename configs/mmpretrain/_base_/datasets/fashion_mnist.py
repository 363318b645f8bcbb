# Fashion-MNIST at its own 28x28, one channel, no augmentation.
data_root = '{{$FASHION_MNIST_DATASET:data/fashion_mnist}}'
data_preprocessor = dict(mean=[33.46], std=[78.87])

train_pipeline = [dict(type='PackInputs')]
test_pipeline = train_pipeline

train_dataloader = dict(
    batch_size=512,
    num_workers=4,
    # workers of one epoch, seeded for it: a resumed run repeats what it would have drawn
    persistent_workers=False,
    worker_init_fn=dict(type='seed_worker'),
    drop_last=True,
    sampler=dict(type='DefaultSampler', shuffle=True),
    collate_fn=dict(type='default_collate'),
    dataset=dict(
        type='FashionMNIST',
        data_root=data_root,
        split='train',
        download=False,
        pipeline=train_pipeline,
    ),
)
val_dataloader = dict(
    batch_size=512,
    num_workers=4,
    persistent_workers=False,
    sampler=dict(type='DefaultSampler', shuffle=False),
    collate_fn=dict(type='default_collate'),
    dataset=dict(
        type='FashionMNIST',
        data_root=data_root,
        split='test',
        test_mode=True,
        download=False,
        pipeline=test_pipeline,
    ),
)
test_dataloader = val_dataloader
val_evaluator = dict(type='Accuracy', topk=(1,))
test_evaluator = val_evaluator

data_hint = """\
To fetch Fashion-MNIST:
    python tools/train_classifier.py CONFIG --download
If it lies elsewhere:
    export FASHION_MNIST_DATASET=/path/to/fashion_mnist"""
