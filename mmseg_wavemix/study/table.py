"""A study's table and curves, from the files of its results."""

import json
import statistics
from collections.abc import Sequence
from pathlib import Path

from matplotlib.figure import Figure

from ..errors import InputError
from .plan import Study

# of a result, what is read here
KEYS = {'name', 'seed', 'config', 'options', 'params', 'flops', 'scores', 'pixel_accuracy',
        'epochs', 'train_minutes', 'curve'}  # fmt: skip


def read_results(folder: Path, study: Study) -> dict[str, list[dict]]:
    """The results there are, by row in the study's order; rows without any are left out.

    Raises:
        InputError: a file that is none, or was made by another config or other options than the
            study has now, or was scored on other data than another; or a folder that is none.
    """
    if folder.exists() and not folder.is_dir():
        raise InputError(f'{folder} is a file: name a folder for the results')
    found: dict[str, list[dict]] = {row.name: [] for row in study.rows}
    rows = {row.name: row for row in study.rows}
    data: dict[str, Path] = {}
    for file in sorted(folder.glob('*.json')):
        try:
            result = json.loads(file.read_text())
            missing = ', '.join(sorted(KEYS - result.keys()))
            if not missing and 'mIoU' not in result['scores']:
                missing = 'mIoU among its scores'
        except (ValueError, TypeError, AttributeError) as error:
            raise InputError(f'{file} is no result of a study ({error}): move it away') from error
        if missing:
            raise InputError(f'{file} is no result of a study (no {missing}): move it away')
        name, given = result['name'], result['options']
        if name not in found:
            raise InputError(f'{file} is of row {name}, which {study.name} has not: move it away')
        if result['config'] != rows[name].config.name:
            raise InputError(
                f'{file} was made with {result["config"]}, row {name} has '
                f'{rows[name].config.name} now: move it away, or give the row another name'
            )
        now = json.loads(json.dumps(rows[name].options))
        changed = sorted(key for key in {*now, *given} if now.get(key) != given.get(key))
        if changed:
            raise InputError(
                f'{file} was made with other options than row {name} has now: '
                f'{", ".join(changed)}; move it away, or give the row another name'
            )
        if file.stem != f'{name}-{result["seed"]}':
            raise InputError(f'{file} is of {name}, seed {result["seed"]}: move it away')
        if 'scored_sha256' in result:  # older ones do not tell
            data.setdefault(result['scored_sha256'], file)
        if len(data) > 1:
            first, other = data.values()
            raise InputError(
                f'{other} was scored on other data than {first}: move one of them away'
            )
        found[name].append(result)
    return {name: results for name, results in found.items() if results}


def format_table(study: Study, results: dict[str, list[dict]]) -> str:
    """Markdown: a line a row, mean and standard deviation over the seeds."""
    claims = any(row.claim for row in study.rows)
    head = ['row', 'params', 'GFLOPs', 'mIoU', 'pixel accuracy', 'seeds', 'epochs', 'minutes']
    head += ['the paper'] if claims else []
    lines = [
        f'| {" | ".join(head)} |',
        '|---|' + '---:|' * (len(head) - 1 - claims) + '---|' * claims,
    ]
    for row in study.rows:
        seeds = results.get(row.name)
        if not seeds:
            cells = [row.name, *['pending'] * (len(head) - 1 - claims)]
        else:
            cells = [
                row.name,
                f'{seeds[0]["params"] / 1e6:.2f} M',
                f'{seeds[0]["flops"] / 1e9:.1f}',
                _spread([seed['scores']['mIoU'] for seed in seeds]),
                _spread([seed['pixel_accuracy'] for seed in seeds]),
                str(len(seeds)),
                str(seeds[0]['epochs']),
                f'{statistics.mean(seed["train_minutes"] for seed in seeds):.1f}'
                + ' compiled' * any(seed.get('compiled') for seed in seeds),
            ]
        lines.append(f'| {" | ".join(cells + ([row.claim] if claims else []))} |')
    return '\n'.join(lines)


def _spread(values: Sequence[float]) -> str:
    mean = f'{statistics.mean(values):.2f}'
    return mean if len(values) < 2 else f'{mean} ± {statistics.stdev(values):.2f}'


def draw_curves(study: Study, results: dict[str, list[dict]]) -> Figure:
    """mIoU of the validations during training, a line a row, its seeds' mean; the best first."""
    lines = {}
    for name, seeds in results.items():
        shared = set.intersection(*({epoch for epoch, _ in seed['curve']} for seed in seeds))
        epochs = sorted(shared)
        means = [statistics.mean(dict(seed['curve'])[epoch] for seed in seeds) for epoch in epochs]
        lines[name] = (epochs, means)
    figure = Figure(figsize=(8, 4.5), layout='constrained')
    axes = figure.subplots()
    # as the lines end, so that the legend can be read beside them
    order = sorted(lines, key=lambda name: lines[name][1][-1:], reverse=True)
    for number, name in enumerate(order):
        style = ('-', '--', ':')[number // 10 % 3]
        axes.plot(*lines[name], style, color=f'C{number % 10}', label=name)
    axes.set(xlabel='epoch', ylabel='official mIoU, %')
    figure.suptitle(study.title, fontsize=10)  # above axes and legend: it may be long
    axes.grid(alpha=0.3)
    figure.legend(loc='outside right center', fontsize=8)
    return figure
