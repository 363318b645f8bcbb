"""Environments and data as they come, without installing any of them."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from mmseg_wavemix.config import load_config
from mmseg_wavemix.doctor import Fault, check_gpu, check_installation, gpu_devices, installed
from mmseg_wavemix.doctor import config as doctor_config
from mmseg_wavemix.doctor.config import check_config, check_memory, data_folders, training_size
from mmseg_wavemix.doctor.installation import check_imports, summary

GOOD = {
    'torch': '2.13.0+cpu', 'numpy': '2.3.5', 'pillow': '12.3.0', 'cityscapesscripts': '2.3.0',
    'safetensors': '0.8.0', 'prettytable': '3', 'tensorboard': '2', 'tqdm': '4', 'matplotlib': '3',
    'opencv-python': '5.0.0.93', 'setuptools': '80.10.2', 'pytorch-wavelets': '1.3.0',
    'onedl-mmengine': '0.10.12', 'onedl-mmcv': '2.3.6', 'onedl-mmsegmentation': '1.4.2',
}  # fmt: skip
ORIGINALS = {name: GOOD[name] for name in GOOD if not name.startswith('onedl-')} | {
    'mmengine': '0.10.7', 'mmcv-lite': '2.1.0', 'mmsegmentation': '1.2.2'}  # fmt: skip


def test_good_installations() -> None:
    for packages in (GOOD, ORIGINALS, GOOD | {'numpy': '2.4.1'}):
        assert check_installation(packages, (3, 12)) == []
    assert not [fault for fault in check_installation(installed()) if fault.serious]  # this one


@pytest.mark.parametrize(
    ('base', 'change', 'what', 'remedy', 'serious'),
    [
        (GOOD, {'torch': '2.14.0'}, 'torch 2.14.0 is not >=2.4 and <2.14', '"torch>=2.4,<2', True),
        (GOOD, {'numpy': '1.24.4'}, 'numpy 1.24.4 is not >=1.26', '"numpy>=1.26"', True),
        (GOOD, {'safetensors': None}, 'safetensors is not installed', 'safetensors>=0.4', True),
        (GOOD, {'onedl-mmcv': None}, 'onedl-mmcv is not installed', '"onedl-mmcv>=2.3.6', True),
        (GOOD, {'setuptools': '81.0'}, 'setuptools 81.0 has no pkg_res', 'tools<81"', False),
        (GOOD, {'pillow': '13.0'}, 'json2instanceImg', 'nothing, or', False),
        (GOOD, {'mmcv': '2.1.0'}, 'mmcv and their continuation onedl-mmcv', 'uninstall -y', True),
        (ORIGINALS, {'mmcv-lite': '2.2.0'}, 'mmcv-lite 2.2.0 is not', 'mmcv-lite>=2.0,<2.2', True),
        (ORIGINALS, {'mmcv-lite': None, 'onedl-mmcv': '2.3.6'}, 'two families', 'pip', True),
        (GOOD, {'opencv-python': None}, 'OpenCV is not installed', 'opencv-python', True),
        (GOOD, {'opencv-python-headless': '4.8'}, 'write over each other', 'uninstall', True),
    ],
)
def test_known_bad_combinations(base, change, what: str, remedy: str, serious: bool) -> None:
    packages = {k: v for k, v in (base | change).items() if v is not None}
    (fault,) = check_installation(packages, (3, 11))
    assert what in fault.what and remedy in fault.remedy and fault.serious == serious
    assert '\n' not in str(fault)


def test_python_itself() -> None:
    (fault,) = check_installation(GOOD, (3, 13))
    assert 'Python 3.13' in fault.what


def test_a_gpu_that_is_not_used(tmp_path: Path) -> None:
    folder = tmp_path / 'gpus' / '0000:01:00.0'
    folder.mkdir(parents=True)
    (folder / 'information').write_text('Model: \t\t NVIDIA H200\nIRQ: 7\n')
    devices = gpu_devices(tmp_path / 'gpus')
    assert devices == ['NVIDIA H200']
    assert check_gpu('12.8', True, devices) == check_gpu(None, False, []) == []
    (fault,) = check_gpu(None, False, devices)
    assert 'NVIDIA H200' in fault.what and 'CUDA build' in fault.remedy
    (fault,) = check_gpu('12.8', False, devices)
    assert 'built for CUDA 12.8' in fault.what and 'nvidia-smi' in fault.remedy


def test_imports_that_fail_or_kill(tmp_path: Path) -> None:
    (tmp_path / 'fails.py').write_text('import no_such_package\n')
    (tmp_path / 'dies.py').write_text('import os; os.abort()\n')
    (fault,) = check_imports(['json', 'fails', 'dies'], tmp_path)
    assert "fails cannot be imported (ModuleNotFoundError: No module named 'no_s" in fault.what
    (fault,) = check_imports(['dies'], tmp_path)
    assert 'dies cannot be imported' in fault.what


@pytest.fixture
def data(scenes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, config: Path) -> Path:
    """A copy that may be spoiled."""
    folder = Path(shutil.copytree(scenes, tmp_path / 'data'))
    monkeypatch.setenv('SYNTHETIC_DATASET', str(folder))
    return folder


def found(config: Path, **options: bool) -> list[Fault]:
    cfg = load_config(config)
    cfg.work_dir = str(config.parent / 'run')
    return check_config(cfg, config, **options)


def test_every_fault_has_a_line(config: Path, data: Path) -> None:
    assert [fault.serious for fault in found(config)] == [False]  # the memory it takes
    labels = sorted((data / 'gtFine' / 'train').rglob('*_labelTrainIds.png'))
    Image.new('L', (128, 64), 99).save(labels[0])
    Image.new('L', (32, 64), 1).save(labels[1])
    stray = labels[0].with_name('._stray.png')
    stray.touch()
    faults = found(config)
    assert len(faults) == 3 and all(fault.serious for fault in faults)
    assert f'{labels[0]} holds [99]' in str(faults[0])
    assert f'{labels[1]} is 32x64' in str(faults[1])
    assert '1 stray file of' in faults[2].what and '-delete' in faults[2].remedy
    assert found(config, data=False, memory=False) == []


def test_stray_files_are_looked_for_where_the_data_are(
    config: Path, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the data sets' own roots, through wrappers; in the current directory never."""
    here = tmp_path / 'here'
    (here / 'images').mkdir(parents=True)
    (here / '._mine').touch()
    monkeypatch.chdir(here)
    stray = next((data / 'gtFine' / 'train').rglob('*_labelIds.png')).with_name('._stray.png')
    stray.touch()
    cfg = load_config(config)
    cfg.pop('data_root', None)
    cfg.work_dir = str(tmp_path / 'run')
    dataset = cfg.train_dataloader.dataset
    assert dataset.data_root == str(data)
    cfg.train_dataloader.dataset = dict(type='RepeatDataset', times=2, dataset=dataset)
    (fault,) = check_config(cfg, config, memory=False)
    assert f'1 stray file of macOS in {data}, such as {stray}' == fault.what

    plain = dict(
        data_root='', data_prefix=dict(img_path='images', seg_map_path=str(data / 'gtFine'))
    )
    both = dict(
        type='ConcatDataset', datasets=[plain, dict(data_root='.'), dict(data_root='other')]
    )
    cfg.train_dataloader.dataset, cfg.val_dataloader = both, None
    cfg.test_dataloader.dataset = dict(data_root=str(data))
    assert [str(f) for f in data_folders(cfg)] == ['images', 'other', str(data)]


@pytest.mark.skipif(not Path('/proc/self').exists(), reason='no /proc, where nothing can be made')
def test_a_work_dir_that_cannot_be_written_to(config: Path, tmp_path: Path) -> None:
    file = tmp_path / 'file'
    file.touch()
    for work_dir in ('/proc/nope', str(file)):
        cfg = load_config(config)
        cfg.work_dir = work_dir
        (fault,) = check_config(cfg, config, data=False, memory=False)
        assert fault.what.startswith(f'{work_dir} cannot be written to'), fault
        assert fault.remedy == 'choose another --work-dir'
    assert not list(tmp_path.glob('.doctor_*'))


def test_how_many_faults() -> None:
    faults = [Fault('a', 'b'), Fault('c', 'd', serious=False), Fault('e', 'f')]
    assert [summary(faults[i:]) for i in (0, 1, 3)] == ['2 faults', '1 fault', 'no faults']


@pytest.mark.parametrize(('width', 'depth'), [(8, 1), (256, 4)])
def test_memory_of_a_step(config: Path, width: int, depth: int) -> None:
    """It rises with the pixels, from the first measured size on, also where weights are many."""
    cfg = load_config(config)
    cfg.model.backbone.update(embed_dims=width, depth=depth, level=4)
    cfg.model.decode_head.in_channels = width
    cfg.optim_wrapper.type = 'BFloat16OptimWrapper'
    low, high, far = (doctor_config.step_memory(cfg, k * doctor_config.PIXELS) for k in (1, 2, 3))
    assert far - high == pytest.approx(high - low, rel=0.1)


def test_memory(config: Path, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cfg = load_config(config)
    cfg.train_dataloader.dataset.pipeline = [
        step for step in cfg.train_dataloader.dataset.pipeline if step.type != 'RandomCrop'
    ]
    assert training_size(cfg, config) == (64, 128)
    monkeypatch.setattr(doctor_config, 'PIXELS', 128 * 256)  # sooner
    monkeypatch.setattr(doctor_config, 'device_memory', lambda: (10**6, 'a toy'))
    (fault,) = check_memory(cfg, config)
    assert (
        fault.serious and '4 pictures of 64x128 takes about' in fault.what and 'a toy' in str(fault)
    )


def test_the_tool(config: Path, data: Path, repository: Path) -> None:
    def call(*args: object) -> subprocess.CompletedProcess:
        command = [sys.executable, str(repository / 'tools' / 'doctor.py'), *map(str, args)]
        return subprocess.run(command, cwd=config.parent, capture_output=True, text=True)

    good = call(config)
    assert good.returncode == 0, good.stdout + good.stderr
    assert good.stdout.endswith('no faults\n') and 'GiB' in good.stdout
    next((data / 'gtFine' / 'val').rglob('*_instanceIds.png')).unlink()
    bad = call(config, '--cfg-options', 'train_dataloader.batch_size=9')
    assert bad.returncode == 1 and 'Traceback' not in bad.stderr
    faults = [line for line in bad.stdout.splitlines() if line.startswith('fault: ')]
    assert len(faults) == 2 and 'do not fill a batch' in faults[0] and 'Instance' in faults[1]
