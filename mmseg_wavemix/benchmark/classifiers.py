"""The classifiers of the paper's Table 10, its WaveMix against MMPretrain's, and their table.

It needs mmpretrain: ``make classification``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import mmpretrain
import mmpretrain.models  # noqa: F401  registers them
from mmengine.config import Config

from ..errors import InputError
from ..zoo import count_parameters
from .contenders import Contender, build_model, flops_of, from_config, layouts

SIZE = (224, 224)


@dataclass(frozen=True)
class Claim:
    """A row of Table 10: ImageNet-1k without augmentation, on an A100 of 80 GB.

    Attributes:
        top1: percent.
        params: millions.
        memory: GB of the GPU in training, batch 64.
        train: pictures a second.
        test: pictures a second.
    """

    top1: float
    params: float
    memory: float
    train: int
    test: int


TABLE_10 = {
    'resnet-18': Claim(55.12, 11.7, 2.7, 450, 439),
    'resnet-34': Claim(57.02, 21.8, 3.1, 414, 410),
    'resnet-50': Claim(61.76, 25.6, 6.2, 638, 617),
    'resnet-101': Claim(64.60, 44.5, 9.6, 487, 725),
    'resnet-152': Claim(65.86, 60.2, 12.7, 344, 758),
    'mobilenet-v3-small': Claim(51.57, 2.5, 1.4, 255, 229),
    'mobilenet-v3-large': Claim(58.89, 5.5, 3.5, 492, 481),
    'vit-b-16': Claim(39.53, 86.6, 10.0, 140, 420),
    'vit-b-32': Claim(30.11, 88.2, 2.2, 1595, 1613),
    'convmixer-512-12': Claim(60.24, 4.2, 10.8, 292, 735),
    'convmixer-512-16': Claim(62.24, 5.4, 14.1, 220, 725),
    'convmixer-1024-12': Claim(64.13, 14.6, 23.6, 251, 667),
    'wavemix_128_8_l1_emb1024_in1k': Claim(54.12, 3.9, 4.5, 1242, 1724),
    'wavemix_224_12_l2_emb1024_in1k': Claim(65.90, 22.6, 9.8, 385, 1250),
    'wavemix_240_12_l3_emb1024_in1k': Claim(70.02, 33.8, 15.6, 205, 610),
}

# file in configs/mmpretrain and changes to it. The counts of parameters decide about the stems:
# strided and 7x7 give them, the text's patches do not (tests/test_classification/test_counts.py).
WAVEMIX = {
    'wavemix_128_8_l1_emb1024_in1k': (
        'wavemix_128_8_l3_emb1024_in1k.py',
        {'model.backbone.level': 1},
    ),
    'wavemix_224_12_l2_emb1024_in1k': (
        'wavemix_240_12_l3_emb1024_in1k.py',
        {
            'model.backbone.embed_dims': 224,
            'model.backbone.level': 2,
            'model.backbone.stem.patch_size': 7,
            'model.neck.in_channels': 224,
        },
    ),
    'wavemix_240_12_l3_emb1024_in1k': ('wavemix_240_12_l3_emb1024_in1k.py', {}),
}


def _convmixer(embed_dims: int, depth: int) -> tuple[str, dict]:
    """Kernels of 8x8, by the paper's counts of parameters; 9x9 would have 2 % more."""
    arch = dict(embed_dims=embed_dims, depth=depth, patch_size=7, kernel_size=8)
    options = {
        'model.backbone.arch': dict(_delete_=True, **arch),  # instead of a name
        'model.head.in_channels': embed_dims,
    }
    return 'convmixer/convmixer-1024-20_10xb64_in1k.py', options


# configs that MMPretrain brings with it and changes to them: its ViT have a hidden layer before the
# classes, the paper's do not
PEERS: dict[str, tuple[str, dict]] = {
    **{
        f'resnet-{depth}': (f'resnet/resnet{depth}_8xb32_in1k.py', {})
        for depth in (18, 34, 50, 101, 152)
    },
    **{
        f'mobilenet-v3-{arch}': (f'mobilenet_v3/mobilenet-v3-{arch}_8xb128_in1k.py', {})
        for arch in ('small', 'large')
    },
    **{
        f'vit-b-{patch}': (
            f'vision_transformer/vit-base-p{patch}_64xb64_in1k.py',
            {'model.head.hidden_dim': None},
        )
        for patch in (16, 32)
    },
    'convmixer-512-12': _convmixer(512, 12),
    'convmixer-512-16': _convmixer(512, 16),
    'convmixer-1024-12': _convmixer(1024, 12),
    'mlp-mixer-b-16': ('mlp_mixer/mlp-mixer-base-p16_64xb64_in1k.py', {}),
    'poolformer-s12': ('poolformer/poolformer-s12_32xb128_in1k.py', {}),
}


def wavemix(name: str, configs: Path, forms: Sequence[str]) -> list[Contender]:
    """A WaveMix of Table 10.

    Args:
        name: one of :data:`WAVEMIX`.
        configs: the folder ``configs/mmpretrain``.
        forms: see :func:`from_config`.
    """
    file, options = WAVEMIX[name]
    return from_config(configs / file, SIZE, forms, options, name)


def peer(name: str) -> list[Contender]:
    """A model of MMPretrain, see :func:`layouts`.

    Args:
        name: one of :data:`PEERS`.

    Raises:
        InputError: this MMPretrain brings no such config.
    """
    file, options = PEERS[name]
    path = Path(mmpretrain.__file__).parent / '.mim' / 'configs' / file
    if not path.is_file():
        raise InputError(f'--against {name}: this MMPretrain brings no {path}')
    cfg = Config.fromfile(path)
    cfg.merge_from_dict(options)
    model = build_model(cfg, path)
    params, flops = count_parameters(model), flops_of(model, SIZE)
    return layouts(Contender(name, model, params, flops, peer=True))


def format_table(result: dict) -> str:
    """Markdown in the order of Table 10, the paper's figures beside those measured.

    Args:
        result: what :func:`mmseg_wavemix.benchmark.compare.compare` returns, of one or both modes.
    """
    rows = result['rows']
    batch = rows[0]['batch']
    fits = any('largest_batch' in row for row in rows)
    titles = ['model', 'dtype', 'params', 'GFLOPs', f'train, batch {batch}: MB']
    titles += ['largest batch'] * fits
    titles += ['train im/s', 'test MB', 'test im/s', 'paper, batch 64: train GB']
    titles += ['paper: train im/s', 'paper: test im/s']
    lines = [titles, ['---'] * 2 + ['---:'] * (len(titles) - 2)]
    for name, dtype in dict.fromkeys((row['name'], row['dtype']) for row in rows):
        of_mode = {row['mode']: row for row in rows if (row['name'], row['dtype']) == (name, dtype)}
        train, test = (of_mode.get(mode, {}) for mode in ('train', 'infer'))
        facts, claim = train or test, TABLE_10.get(name)
        cells = [name, dtype, f'{facts["params"] / 1e6:.2f} M', f'{facts["flops"] / 1e9:.1f}']
        cells += [_cell(train, 'peak_memory_mb', '.0f')]
        cells += [str(train.get('largest_batch', ''))] * fits
        cells += [_cell(train, 'fps', '.1f')]
        cells += [_cell(test, 'peak_memory_mb', '.0f'), _cell(test, 'fps', '.1f')]
        cells += ['', '', ''] if claim is None else [claim.memory, claim.train, claim.test]
        lines.append(map(str, cells))
    return '\n'.join(f'| {" | ".join(line)} |' for line in lines)


def _cell(row: dict, key: str, form: str) -> str:
    return '' if key not in row else format(row[key], form)
