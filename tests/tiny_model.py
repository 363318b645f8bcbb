"""A model of three classes that has learned nothing, for what is done with its answers."""

import runpy
import sys
from pathlib import Path

import numpy as np
import torch
from mmseg.apis import init_model
from PIL import Image

from mmseg_wavemix.config import load_config

ROOT = Path(__file__).parents[1]
DEMO = ROOT / 'tools' / 'demo.py'
CLASSES = ('road', 'sky', 'car')  # not in the order of their label ids: 7, 23, 26
IDS = np.array([7, 23, 26])
PALETTE = np.array([[128, 64, 128], [70, 130, 180], [0, 0, 142]])

CONFIG = f"""
_base_ = {str(ROOT / 'configs' / 'wavemix_64_6_l4_camvid.py')!r}
metainfo = dict(classes={CLASSES!r})
model = dict(
    backbone=dict(embed_dims=16, depth=1, level=1),
    decode_head=dict(in_channels=16, num_classes=3, loss_decode=dict(class_weight=None)))
test_dataloader = dict(dataset=dict(metainfo=metainfo))
"""


def save_model(folder: Path) -> tuple[Path, Path]:
    """A config and a checkpoint of a model whose answers vary over a picture."""
    config, checkpoint = folder / 'tiny.py', folder / 'tiny.pth'
    config.write_text(CONFIG)
    torch.manual_seed(0)
    model = init_model(load_config(config), device='cpu')
    with torch.no_grad():
        model.decode_head.conv_seg.weight.mul_(100)
    meta = {'classes': CLASSES, 'palette': PALETTE.tolist()}
    torch.save({'state_dict': model.state_dict(), 'meta': {'dataset_meta': meta}}, checkpoint)
    return config, checkpoint


def picture(height: int, width: int, seed: int = 0) -> np.ndarray:
    """``(height, width, 3)`` uint8: 24 patches of colour."""
    coarse = np.random.default_rng(seed).integers(0, 256, (4, 6, 3), np.uint8)
    return np.asarray(Image.fromarray(coarse).resize((width, height), Image.Resampling.NEAREST))


def run_demo(
    monkeypatch, trained: tuple[Path, Path] | tuple[None, None], *args: object
) -> int | str | None:
    """Runs the tool in this process; its exit status, or the sentence it ends with.

    Without a trained model it is left to the tool to choose one.
    """
    config, checkpoint = trained
    options = ['--config', config, '--checkpoint', checkpoint] if config else []
    options += ['--device', 'cpu']
    monkeypatch.setattr(sys, 'argv', [str(DEMO), *map(str, [*args, *options])])
    try:
        runpy.run_path(str(DEMO), run_name='__main__')
    except SystemExit as end:
        return end.code
    return 0
