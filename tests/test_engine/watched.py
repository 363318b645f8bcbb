"""A short run with what its user sees of it."""

from pathlib import Path

from mmengine.registry import init_default_scope
from mmengine.runner import Runner

from mmseg_wavemix.config import load_config
from mmseg_wavemix.engine.training import train


def run(
    config: Path, work_dir: Path, options: dict | None = None, trackers: tuple[str, ...] = ()
) -> Runner:
    """Trains two epochs of two steps, validates after each, logs every step."""
    cfg = load_config(config, {'default_hooks.logger.interval': 1, **(options or {})})
    cfg.work_dir, cfg.launcher = str(work_dir), 'none'
    cfg.visualizer.name = f'visualizer of {work_dir}'
    cfg.experiment_name = work_dir.name
    try:
        return train(cfg, config, trackers=trackers)
    finally:
        init_default_scope('mmseg')
