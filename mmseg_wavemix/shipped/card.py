"""The tables of the shipped model's card, from the files that they are about.

``python -m mmseg_wavemix.shipped.card`` writes them into ``card.md``; prose is written by hand.
"""

import argparse
import hashlib
import re
from pathlib import Path

from ..checkpoints import read_checkpoint
from ..config import load_config
from ..evaluation.label_ids import label_ids_of_classes
from ..zoo import build_on_meta, count_flops, count_parameters
from .files import CARD, FOLDER, shipped_model, told_by_sidecar
from .known import VAL, class_iou, recorded_config, scores

BLOCK = re.compile(r'(<!-- from the files: (\w+) -->\n).*?(<!-- end -->)', re.DOTALL)
SIZE = (360, 480)  # height and width of CamVid's frames
FLOAT32 = 'scores_camvid_val_float32.json'
# the frames of CamVid as they are, and shown to the model at other heights and widths
SIZES = {'180x240': 'scores_camvid_val_180x240.json', '360x480': VAL,
         '540x720': 'scores_camvid_val_540x720.json',
         '720x960': 'scores_camvid_val_720x960.json',
         '1440x1920': 'scores_camvid_val_1440x1920.json'}  # fmt: skip
# one frame of Cityscapes, at its own size and enlarged; height and width that the model sees
FRAME_SIZES = ('128x256', '256x512', '360x720', '512x1024')
FRAME = {size: f'scores_frame_{size}.json' for size in FRAME_SIZES}


def tables(folder: Path = FOLDER) -> dict[str, str]:
    """The tables by the name of their place in the card.

    Raises:
        InputError: the shipped model is damaged.
    """
    val, float32 = scores(VAL, folder), scores(FLOAT32, folder)
    return dict(
        model=_table(('', ''), _model(folder)),
        training=_table(('', ''), _training(folder)),
        val=_val(val, float32),
        sizes=_sizes({size: scores(name, folder) for size, name in SIZES.items()}),
        frame=_frame({size: scores(name, folder) for size, name in FRAME.items()}),
    )


def renewed(text: str, found: dict[str, str]) -> str:
    """A card with its tables replaced."""
    return BLOCK.sub(lambda match: f'{match[1]}{found[match[2]]}\n{match[3]}', text)


def _model(folder: Path) -> dict[str, str]:
    files = shipped_model(folder)
    cfg, content = load_config(files.config).model, files.checkpoint.read_bytes()
    model = build_on_meta(files.config)
    classes = read_checkpoint(files.checkpoint)['meta']['dataset_meta']['classes']
    ids = label_ids_of_classes(classes)
    backbone = cfg.backbone
    return {
        'config': f'`configs/{files.config.name}`',
        'architecture': f'{backbone.type}, embed_dims {backbone.embed_dims}, depth '
        f'{backbone.depth}, level {backbone.level}, {backbone.stem.type}; {cfg.decode_head.type}',
        'parameters': f'{count_parameters(model):,}',
        'FLOPs': f'{count_flops(model, SIZE) / 1e9:.1f} G at {SIZE[0]}x{SIZE[1]} (a multiply-add '
        'counts as two)',
        'weights': f'`{files.checkpoint.name}`, float16; statistics of the norms float32',
        'size': f'{len(content):,} bytes',
        'SHA-256': f'`{hashlib.sha256(content).hexdigest()}`',
        'classes': ', '.join(f'{name} {i}' for name, i in zip(classes, ids))
        + ' (official Cityscapes label ids)',
    }


def _training(folder: Path) -> dict[str, str]:
    told, cfg = told_by_sidecar(shipped_model(folder).checkpoint), recorded_config(folder)
    wrapper, augmented = cfg['optim_wrapper'], cfg['train_pipeline'][2:-1]
    loss = cfg['model']['decode_head']['loss_decode']
    loss = loss if isinstance(loss, dict) else loss[0]
    hooks = [*(cfg.get('default_hooks') or {}).values(), *(cfg.get('custom_hooks') or [])]
    initial = (cfg['model'].get('init_cfg') or {}).get('checkpoint')
    runs = told.get('averaged') or [told]
    averages = [_named(hook) for hook in hooks if hook.get('type') == 'EMAHook']
    return {
        **_average_of(told.get('averaged')),
        'data': told['trained_on'] or 'not recorded',
        'begun from': str(cfg.get('load_from') or initial or 'random weights'),
        'length': f'{runs[0]["epoch"]} epochs, {runs[0]["iter"]:,} iterations, batch '
        f'{cfg["train_dataloader"]["batch_size"]}, seed {runs[0]["seed"]}',
        'optimizer': f'{_named(wrapper["optimizer"])}; {wrapper["type"]}',
        'rate': '; '.join(map(_named, cfg.get('param_scheduler') or [])) or 'constant',
        'averages of weights': '; '.join(averages) or 'none',
        'augmentation': '; '.join(map(_named, augmented)),
        'loss': _named(loss),
        'ended': runs[0]['time'],
    }


def _average_of(runs: list[dict] | None) -> dict[str, str]:
    """The row of a model that is the average of several runs; none of one that is not."""
    if not runs:
        return {}
    named = ', '.join(f'{run["config_name"]} (seed {run["seed"]})' for run in runs)
    return {'average of': f'{named}; the rows below are of the first'}


def _named(part: dict) -> str:
    """A part of a config in words."""
    values = ', '.join(f'{key} {value}' for key, value in part.items() if key != 'type')
    return f'{part["type"]} ({values})' if values else part['type']


def _val(val: dict, float32: dict) -> str:
    rows = {
        name: [_cell(part[key]) for part in (row, float32['classes'][name]) for key in row]
        for name, row in val['classes'].items()
        if name in class_iou(val)
    }
    averages = [('average', ('mIoU', 'iIoU')), ('categories', ('mIoU_category', 'iIoU_category'))]
    for name, keys in averages:
        rows[f'**{name}**'] = [f'**{_cell(part[key])}**' for part in (val, float32) for key in keys]
    titles = ('class', 'IoU', 'iIoU', 'IoU, float32', 'iIoU, float32')
    return _columns(titles, rows)


def _sizes(found: dict[str, dict]) -> str:
    titles = ('average', *(f'seen at {size}' for size in found))
    keys = {'IoU': 'mIoU', 'iIoU': 'iIoU', 'IoU of categories': 'mIoU_category'}
    return _columns(
        titles, {name: [_cell(part[key]) for part in found.values()] for name, key in keys.items()}
    )


def _frame(found: dict[str, dict]) -> str:
    """A class without a pixel in the ground truth counts as 0 where one is predicted as it."""
    parts = list(found.values())
    rows = {
        name: [_cell(part['classes'][name]['IoU']) for part in parts]
        for name in parts[0]['classes']
        if any(part['classes'][name]['IoU'] is not None for part in parts)
    }
    rows['**average**'] = [f'**{_cell(part["mIoU"])}**' for part in parts]
    return _columns(('class', *(f'IoU, seen at {size}' for size in found)), rows)


def _cell(value: float | None) -> str:
    return '-' if value is None else f'{value:.2f}'


def _table(titles: tuple[str, str], rows: dict[str, str]) -> str:
    lines = ['| ' + ' | '.join(titles) + ' |', '|---|---|']
    return '\n'.join(lines + [f'| {key} | {value} |' for key, value in rows.items()])


def _columns(titles: tuple[str, ...], rows: dict[str, list[str]]) -> str:
    lines = [titles, ('---', *['---:'] * (len(titles) - 1))]
    lines += [(name, *values) for name, values in rows.items()]
    return '\n'.join('| ' + ' | '.join(line) + ' |' for line in lines)


def main() -> None:
    """Renews the card of this checkout."""
    argparse.ArgumentParser(
        prog='python -m mmseg_wavemix.shipped.card', description=main.__doc__
    ).parse_args()
    CARD.write_text(renewed(CARD.read_text(encoding='utf-8'), tables()), encoding='utf-8')


if __name__ == '__main__':
    main()
