"""What a checkpoint should tell of itself: data, protocol of the scores, versions."""

import hashlib
import platform
from importlib import metadata
from pathlib import Path

from mmengine.config import Config
from mmengine.dist import master_only
from mmengine.hooks import Hook
from mmengine.registry import HOOKS
from mmengine.runner import Runner
from torch.utils.data import Dataset

from ..commit import commit
from ..version import __version__
from .sample_fault import leaves

PACKAGES = ('torch', 'numpy', 'mmengine', 'mmcv', 'mmsegmentation', 'cityscapesscripts')


@HOOKS.register_module()
class ProvenanceHook(Hook):
    """Puts ``meta.provenance`` into each checkpoint, plain data: see :func:`protocol`,
    :func:`versions` and :func:`data_hash`.
    """

    def __init__(self) -> None:
        self.record: dict = {}

    @master_only
    def before_train(self, runner: Runner) -> None:
        """Takes down what does not change."""
        self.record = dict(
            data_sha256=data_hash(runner.train_dataloader.dataset),
            metric=protocol(runner.cfg),
            versions=versions(),
        )

    def before_save_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Adds the record."""
        checkpoint['meta']['provenance'] = self.record


def protocol(cfg: Config) -> dict:
    """How the scores of a config come about: evaluator, size of the predictions, windows."""
    evaluator = cfg.get('val_evaluator') or cfg.get('test_evaluator') or {}
    plain = Config(
        dict(
            evaluator=evaluator,
            network_size=cfg.get('network_size'),
            test_cfg=cfg.model.get('test_cfg') or {},
        )
    )
    return plain.to_dict()


def versions() -> dict[str, str]:
    """Of Python and the packages that results depend on, and this one's commit, if it has one."""
    found = dict(python=platform.python_version(), mmseg_wavemix=__version__)
    if known := commit():
        found['commit'] = known
    for name in PACKAGES:
        for package in (name, f'onedl-{name}'):
            try:
                found[package] = metadata.version(package)
            except metadata.PackageNotFoundError:
                continue
    return found


def data_hash(dataset: Dataset) -> str:
    """SHA-256 over a data set: names and sizes of its images, names and contents of its labels.

    Folders do not count, so that a copy elsewhere has the same. Images are told by name and size
    alone: reading all of Cityscapes would take minutes.
    """
    digest = hashlib.sha256()
    samples = [leaf.get_data_info(i) for leaf in leaves(dataset) for i in range(len(leaf))]
    for sample in sorted(samples, key=lambda sample: Path(sample['img_path']).name):
        image, label = Path(sample['img_path']), sample.get('seg_map_path')
        digest.update(f'{image.name} {image.stat().st_size}\n'.encode())
        if label:
            content = hashlib.sha256(Path(label).read_bytes()).hexdigest()
            digest.update(f'{Path(label).name} {content}\n'.encode())
    return digest.hexdigest()
