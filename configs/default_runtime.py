# What every config shares: registration, logging, checkpoints.
custom_imports = dict(imports=['mmseg_wavemix'], allow_failed_imports=False)
default_scope = 'mmseg'

default_hooks = dict(
    timer=dict(type='IterTimerHook'),
    logger=dict(type='LoggerHook', interval=20, log_metric_by_epoch=True),
    param_scheduler=dict(type='ParamSchedulerHook'),
    checkpoint=dict(
        type='WholeCheckpointHook', by_epoch=True, interval=1, max_keep_ckpts=2, save_best='mIoU'
    ),
    sampler_seed=dict(type='DistSamplerSeedHook'),
    visualization=dict(type='SegVisualizationHook'),
)
custom_hooks = [
    # what is seen while it trains
    dict(type='ProcessMemoryHook'),
    dict(type='ProgressHook'),
    dict(type='OverlayHook'),
    dict(type='OwnBestHook'),
    dict(type='EpochSeedHook'),
    # a week of training meets more than a test does
    dict(type='InterruptionHook'),
    dict(type='MissedValidationHook'),
    dict(type='FiniteLossHook'),
    dict(type='SampleFaultHook'),
    dict(type='ProvenanceHook'),
]

vis_backends = [dict(type='LocalVisBackend'), dict(type='TensorboardVisBackend')]
visualizer = dict(type='SegLocalVisualizer', vis_backends=vis_backends, name='visualizer')
log_processor = dict(by_epoch=True)
log_level = 'INFO'

env_cfg = dict(
    cudnn_benchmark=True,
    mp_cfg=dict(mp_start_method='fork', opencv_num_threads=0),
    dist_cfg=dict(backend='nccl'),
)
randomness = dict(seed=0)
load_from = None
resume = False

tta_model = dict(type='SegTTAModel')
