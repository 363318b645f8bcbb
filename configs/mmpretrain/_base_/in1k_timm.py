# Table 4: ImageNet-1k by timm's recipe, whose loss smooths labels by 0.1.
_base_ = ['./models/wavemix.py', './datasets/in1k_timm.py', './schedules/timm.py']
model = dict(
    head=dict(
        loss=dict(
            _delete_=True,
            type='LabelSmoothLoss',
            label_smooth_val=0.1,
            mode='original',
            num_classes=1000,
        )
    )
)
