"""What a config asks of this machine: data, disk, memory."""

import errno
import os
import tempfile
from pathlib import Path

import torch
from mmengine.config import Config, ConfigDict
from mmengine.registry import init_default_scope
from mmseg.registry import DATASETS, MODELS

from ..benchmark.contenders import Contender
from ..benchmark.memory import largest_batch, peak_memory
from ..benchmark.steps import TrainingStep
from ..config import building
from ..engine.cpu import adapt_to_cpu
from ..engine.data import check_data
from ..engine.model import check_checkpoint_hook, check_model
from ..engine.work_dir import check_disk
from ..errors import InputError
from .installation import Fault

# Of all pictures that memory is measured with: seconds, not minutes, and so many that activations
# outweigh what the largest model's optimizer holds in its step.
PIXELS = 256 * 256


def check_config(cfg: Config, path: Path, data: bool = True, memory: bool = True) -> list[Fault]:
    """What stands in the way of training a config here.

    Args:
        cfg: the config, with ``work_dir`` set.
        path: where it came from.
        data: whether to look at every image and label.
        memory: whether to estimate what a step of training takes.

    Raises:
        InputError: the model cannot be built, or does not compute.
    """
    init_default_scope(cfg.get('default_scope', 'mmseg'))
    with building(path):
        adapt_to_cpu(cfg)
        model = MODELS.build(cfg.model)
        check_model(model, cfg.model, training=True)
        kept = check_checkpoint_hook(cfg)
    faults = _writable(Path(cfg.work_dir))
    faults = faults or _collect(check_disk, Path(cfg.work_dir), model, kept)
    if data:
        for split in ('train', 'val'):
            if cfg.get(f'{split}_dataloader'):
                faults += _collect(check_data, cfg, path, split, model.num_classes)
        for folder in data_folders(cfg):
            faults += stray_files(folder)
    if memory and not any(fault.serious for fault in faults):
        faults += check_memory(cfg, path)
    return faults


def data_folders(cfg: Config) -> list[Path]:
    """Where the data sets of a config lie, each once, none inside another.

    That is their ``data_root``; of one without, or whose root is the current directory, which
    holds all sorts of things, the folders of its ``data_prefix``.
    """
    splits = (cfg.get(f'{split}_dataloader') or {} for split in ('train', 'val', 'test'))
    leaves = [leaf for loader in splits for leaf in _leaves(loader.get('dataset') or {})]
    found = {folder.resolve(): folder for leaf in leaves for folder in _folders(leaf)}
    found.pop(Path.cwd(), None)
    return [folder for path, folder in found.items() if found.keys().isdisjoint(path.parents)]


def _leaves(dataset: ConfigDict) -> list[ConfigDict]:
    """The data sets inside wrappers."""
    inner = dataset.get('datasets') or [dataset[key] for key in ('dataset',) if key in dataset]
    return [leaf for part in inner for leaf in _leaves(part)] if inner else [dataset]


def _folders(dataset: ConfigDict) -> list[Path]:
    root = Path(dataset.get('data_root') or '.')
    if root.resolve() != Path.cwd():
        return [root]
    return [root / folder for folder in (dataset.get('data_prefix') or {}).values() if folder]


def stray_files(root: Path) -> list[Fault]:
    """Files that macOS puts beside those that it copies."""
    found = sorted(root.rglob('._*')) if root.is_dir() else []
    if not found:
        return []
    files = 'file' if len(found) == 1 else 'files'
    what = f'{len(found)} stray {files} of macOS in {root}, such as {found[0]}'
    return [Fault(what, f"find {root} -name '._*' -delete")]


def check_memory(cfg: Config, path: Path) -> list[Fault]:
    """Whether a step of training will fit, and how large a batch would."""
    size, batch = training_size(cfg, path), cfg.train_dataloader.batch_size
    peaks = {pixels: step_memory(cfg, pixels) for pixels in (PIXELS, 2 * PIXELS)}
    (few, low), (many, high) = sorted(peaks.items())
    each = (high - low) / (many - few)  # bytes a pixel
    needed = low + each * (size[0] * size[1] * batch - few)
    there, device = device_memory()
    picture = each * size[0] * size[1]
    fits = largest_batch({1: int(low + picture), 2: int(low + 2 * picture)}, there)
    what = (
        f'a step of training with {batch} pictures of {size[0]}x{size[1]} takes about '
        f'{needed / 2**30:.1f} GiB, {device} has {there / 2**30:.1f}'
    )
    if needed <= there:
        return [Fault(what, f'nothing; about {fits} pictures would fit', serious=False)]
    remedy = f'--cfg-options train_dataloader.batch_size={fits}' if fits else 'crop the pictures'
    return [Fault(what, remedy)]


def step_memory(cfg: Config, pixels: int) -> int:
    """Bytes at the peak of a training step on two pictures, measured on the CPU.

    Two, for those models that normalise behind a global pooling. Activations grow with the pixels;
    what does not, weights and the moments of AdamW, is in it.
    """
    mixed = 'OptimWrapper' != cfg.optim_wrapper.get('type', 'OptimWrapper')
    cpu = torch.device('cpu')
    contender = Contender('', MODELS.build(cfg.model), params=0, flops=0)
    step = TrainingStep(contender, (pixels // 512, 256), 2, cpu, 'bf16' if mixed else 'fp32')
    return peak_memory(step, cpu, step.held)


def training_size(cfg: Config, path: Path) -> tuple[int, int]:
    """Height and width of the pictures that the model is trained on, from the first one."""
    dataset = cfg.train_dataloader.dataset
    while 'dataset' in dataset:
        dataset = dataset.dataset
    with building(path):
        picture = DATASETS.build(dataset)[0]['inputs']
    return picture.shape[-2], picture.shape[-1]


def device_memory() -> tuple[int, str]:
    """Bytes that a step can have here, and of what."""
    if torch.cuda.is_available():
        return torch.cuda.mem_get_info()[0], torch.cuda.get_device_name()
    return os.sysconf('SC_AVPHYS_PAGES') * os.sysconf('SC_PAGE_SIZE'), 'this machine'


def _writable(work_dir: Path) -> list[Fault]:
    existing = next(p for p in (work_dir.resolve(), *work_dir.resolve().parents) if p.exists())
    try:  # permissions alone do not tell: root may write anywhere, and not to /proc
        with tempfile.TemporaryDirectory(prefix='.doctor_', dir=existing):
            return []
    except OSError as error:
        if error.errno == errno.ENOSPC:  # told with what is needed
            return []
        what = f'{work_dir} cannot be written to ({error.strerror} in {existing})'
        return [Fault(what, 'choose another --work-dir')]


def _collect(check, *args: object) -> list[Fault]:
    """One fault a line of what a check has to say."""
    try:
        check(*args)
    except InputError as error:
        lines = [line for line in str(error).splitlines() if line.strip()]
        if lines[0].endswith('the data set is not there.'):  # the lines after it are the remedy
            return [Fault(lines[0].rstrip('.'), ' '.join(line.strip() for line in lines[1:]))]
        return [Fault(*_split(line)) for line in lines]
    return []


def _split(sentence: str) -> tuple[str, str]:
    """Fault and remedy of one of our errors."""
    what, colon, remedy = sentence.rpartition(': ')
    return (what, remedy) if colon else (sentence, 'see above')
