"""Weights & Biases and MLflow, by stand-ins that write down what they are told."""

import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest
from mmengine.config import Config

from mmseg_wavemix.engine.trackers import add_trackers
from mmseg_wavemix.errors import InputError
from tests.test_engine.watched import run


class Recorder(ModuleType):
    """A module whose functions all exist, and keep how they were called."""

    def __init__(self, name: str, **attributes: object) -> None:
        super().__init__(name)
        self.calls: list[tuple[str, tuple, dict]] = []
        self.__dict__.update(attributes)

    def __getattr__(self, name: str):
        if name.startswith('__'):
            raise AttributeError(name)
        return lambda *args, **kwargs: self.calls.append((name, args, kwargs))

    def of(self, name: str) -> list[tuple]:
        return [(*args, *kwargs.values()) for called, args, kwargs in self.calls if called == name]


@pytest.fixture
def wandb(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    module = Recorder('wandb', Error=type('Error', (Exception,), {}), Image=lambda image: image)
    module.config = SimpleNamespace(
        update=lambda *args, **_: module.calls.append(('cfg', args, {}))
    )
    monkeypatch.setitem(sys.modules, 'wandb', module)
    return module


@pytest.fixture
def mlflow(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    module = Recorder('mlflow', MlflowException=type('MlflowException', (Exception,), {}))
    monkeypatch.setitem(sys.modules, 'mlflow', module)
    monkeypatch.delenv('MLFLOW_TRACKING_URI', raising=False)
    return module


def test_wandb_sees_curves_config_and_pictures(
    config: Path, tmp_path: Path, wandb: Recorder
) -> None:
    run(config, tmp_path / 'first', trackers=('wandb',))
    ((_, _, started),) = [call for call in wandb.calls if call[0] == 'init']
    assert started['project'] == 'mmseg-wavemix' and started['name'] == 'first'
    assert Path(started['dir']).is_relative_to(tmp_path / 'first')
    ((recorded,),) = wandb.of('cfg')
    assert recorded['model']['backbone']['embed_dims'] == 8
    logged = [entry for entry, *_ in wandb.of('log')]
    assert sum('loss' in entry for entry in logged) == 4
    assert sum('mIoU' in entry for entry in logged) == 2
    pictures = [v for entry in logged for k, v in entry.items() if k.startswith('val/')]
    assert len(pictures) == 8 and all(isinstance(picture, np.ndarray) for picture in pictures)
    assert wandb.calls[-1][0] == 'finish'
    assert not wandb.of('run')  # no code is uploaded


def test_wandb_without_an_account(config: Path, tmp_path: Path, wandb: Recorder) -> None:
    def init(**_: object) -> None:
        raise wandb.Error('no API key')

    wandb.init = init
    with pytest.raises(InputError, match=r'\(no API key\): log in by `wandb login`, or set WANDB'):
        run(config, tmp_path / 'run', trackers=('wandb',))
    assert not list(tmp_path.rglob('*.pth'))


def test_mlflow_sees_curves_config_and_pictures(
    config: Path, tmp_path: Path, mlflow: Recorder
) -> None:
    run(config, tmp_path / 'first', trackers=('mlflow',))
    assert mlflow.of('set_tracking_uri') == [(f'sqlite:///{tmp_path}/mlflow.db',)]
    assert mlflow.of('set_experiment') == [('mmseg-wavemix',)]
    assert mlflow.of('set_tag') == [('mlflow.runName', 'first')]
    ((parameters,),) = mlflow.of('log_params')
    assert parameters['model.backbone.embed_dims'] == 8
    assert not any(name.startswith('custom_hooks') for name in parameters)
    metrics = mlflow.of('log_metrics')
    assert [step for values, step in metrics if 'loss' in values] == [1, 2, 3, 4]
    assert [step for values, step in metrics if 'mIoU' in values] == [1, 2]
    files = [name for _, name in mlflow.of('log_image')]
    assert len(set(files)) == 8  # of each validation its own
    assert {name.rsplit('/')[-1] for name in files} == {'000001.png', '000002.png'}
    assert mlflow.calls[-1][0] == 'end_run' and not mlflow.of('log_artifact')


def test_mlflow_s_troubles(config: Path, tmp_path: Path, mlflow: Recorder) -> None:
    def fail(*_: object) -> None:
        raise mlflow.MlflowException('unreachable\nand so on')

    mlflow.log_image = fail  # a picture less is no reason to end a run
    run(config, tmp_path / 'run', {'train_cfg.max_epochs': 1}, trackers=('mlflow',))
    assert (tmp_path / 'run' / 'epoch_1.pth').is_file()
    mlflow.set_experiment = fail
    with pytest.raises(InputError, match=r'\(unreachable\): set MLFLOW_TRACKING_URI'):
        run(config, tmp_path / 'again', trackers=('mlflow',))


@pytest.mark.parametrize('name', ['wandb', 'mlflow'])
def test_missing_packages_begin_nothing(
    name: str, config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(InputError, match=f'--{name} needs the package {name} .*pip install {name}'):
        run(config, tmp_path / 'run', trackers=(name,))
    assert not (tmp_path / 'run').exists()


def test_options(mlflow: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    cfg = Config(dict(work_dir='work/here', train_cfg=dict(max_epochs=1)))
    add_trackers(cfg, ())
    assert 'visualizer' not in cfg
    monkeypatch.setenv('MLFLOW_TRACKING_URI', 'http://localhost:5000')
    for _ in range(2):
        add_trackers(cfg, ('mlflow',))
    (backend,) = cfg.visualizer.vis_backends  # once
    assert backend.tracking_uri == 'http://localhost:5000' and backend.artifact_location is None
    assert backend.tracked_config_keys == ['train_cfg']
