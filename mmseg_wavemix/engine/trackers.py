"""Weights & Biases and MLflow: mmengine's backends, mended where they fail or do harm."""

import importlib
import logging
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from mmengine.config import Config
from mmengine.logging import print_log
from mmengine.registry import VISBACKENDS
from mmengine.visualization import MLflowVisBackend, WandbVisBackend
from mmengine.visualization.vis_backend import force_init_env

from ..errors import InputError

PROJECT = 'mmseg-wavemix'
TRACKERS = {'wandb': 'WandbBackend', 'mlflow': 'MLflowBackend'}  # by package, and option
TRACKED = ('model', 'optim_wrapper', 'param_scheduler', 'train_cfg', 'randomness')


@VISBACKENDS.register_module()
class WandbBackend(WandbVisBackend):
    """Weights & Biases, without the code around.

    mmengine's own uploads every Python file below the folder it is started in, environments
    included, and says nothing of use where there is no account.
    """

    def _init_env(self) -> None:
        wandb = importlib.import_module('wandb')
        try:
            super()._init_env()
        except wandb.Error as error:
            raise InputError(
                f'Weights & Biases cannot be used ({error}): log in by `wandb login`, '
                'or set WANDB_MODE=offline'
            ) from error

    @force_init_env
    def add_config(self, config: Config, **kwargs) -> None:
        """Records the config."""
        self._wandb.config.update(config.to_dict(), allow_val_change=True)

    def close(self) -> None:
        """Ends the run and waits for what is still to be sent."""
        if hasattr(self, '_wandb'):
            self._wandb.finish()


@VISBACKENDS.register_module()
class MLflowBackend(MLflowVisBackend):
    """MLflow, with pictures of all validations, and without copies of its own files.

    mmengine's own keeps its records in plain files, which MLflow 3 refuses, writes each picture
    over the last one, and copies logs and configs of the whole work directory into itself.
    """

    def _init_env(self) -> None:
        mlflow = importlib.import_module('mlflow')
        try:
            super()._init_env()
        except mlflow.MlflowException as error:
            raise InputError(
                f'MLflow cannot be used ({str(error).splitlines()[0]}): set MLFLOW_TRACKING_URI'
            ) from error

    @force_init_env
    def add_image(self, name: str, image: np.ndarray, step: int = 0, **kwargs) -> None:
        """Records ``(H, W, 3)`` uint8, RGB, as ``NAME/STEP.png``."""
        try:
            self._mlflow.log_image(image, f'{name.removesuffix(".png")}/{step:06d}.png')
        except self._mlflow.MlflowException as error:
            print_log(f'picture not kept by MLflow: {error}', 'current', logging.WARNING)

    def close(self) -> None:
        """Ends the run."""
        if hasattr(self, '_mlflow'):
            self._mlflow.end_run()


def add_trackers(cfg: Config, names: Sequence[str]) -> None:
    """Lets a run be followed elsewhere, too.

    MLflow's records are kept by the server that ``MLFLOW_TRACKING_URI`` names, or else in
    ``mlflow.db`` beside the work directory.

    Args:
        cfg: the config, with ``work_dir`` and ``visualizer``; changed in place.
        names: of :data:`TRACKERS`.

    Raises:
        InputError: a package that is not installed.
    """
    if not names:
        return
    work_dir = Path(cfg.work_dir).absolute()
    cfg.visualizer = cfg.get('visualizer') or dict(type='SegLocalVisualizer')
    backends = list(cfg.visualizer.get('vis_backends') or [])
    for name in names:
        try:
            importlib.import_module(name)
        except ImportError as error:
            raise InputError(
                f'--{name} needs the package {name} ({error}): pip install {name}'
            ) from error
        if name == 'wandb':
            options = dict(init_kwargs=dict(project=PROJECT, name=work_dir.name))
        else:
            server = os.environ.get('MLFLOW_TRACKING_URI')
            options = dict(
                exp_name=PROJECT,
                run_name=work_dir.name,
                tracking_uri=server or f'sqlite:///{work_dir.parent / "mlflow.db"}',
                artifact_location=None if server else (work_dir.parent / 'mlflow').as_uri(),
                tracked_config_keys=[key for key in TRACKED if cfg.get(key) is not None],
            )
        if not any(backend['type'] == TRACKERS[name] for backend in backends):
            backends.append(dict(type=TRACKERS[name], **options))
    cfg.visualizer.vis_backends = backends
