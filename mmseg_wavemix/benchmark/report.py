"""The rows of a comparison as a table and as a plot."""

import re
from collections import defaultdict

from matplotlib.axes import Axes
from matplotlib.figure import Figure


def format_table(result: dict) -> str:
    """Markdown: one row each, with the pictures a second against those of the first row."""
    rows = result['rows']
    first = next((row for row in rows if row['name'] == 'reference'), rows[0])
    batches = {row['batch'] for row in rows}
    batch = ' batch |' if len(batches) > 1 else ''
    lines = [
        f'| model | dtype |{batch} params | GFLOPs | ms | quartiles | FPS | vs {first["name"]} '
        f'{first["dtype"]} | peak MB | of peak rate |'
        + (' largest batch |' if 'largest_batch' in first else ''),
    ]
    lines.append('|---|---|' + '---:|' * (lines[0].count('|') - 3))
    for row in rows:
        lower, upper = row['latency_quartiles_ms']
        cells = [
            row['name'],
            row['dtype'],
            *([str(row['batch'])] if batch else []),
            f'{row["params"] / 1e6:.2f} M',
            f'{row["flops"] / 1e9:.1f}',
            f'{row["latency_ms"]:.1f}',
            f'{lower:.1f} to {upper:.1f}',
            f'{row["fps"]:.2f}',
            f'{row["fps"] / first["fps"]:.2f}x',
            '' if row['peak_memory_mb'] is None else f'{row["peak_memory_mb"]:.0f}',
            '' if row['roofline_share'] is None else f'{100 * row["roofline_share"]:.0f} %',
        ]
        cells += [str(row['largest_batch'])] if 'largest_batch' in row else []
        lines.append(f'| {" | ".join(cells)} |')
    return '\n'.join(lines)


MARKERS = {'fp32': 'o', 'bf16': 's', 'fp16': '^', 'int8': 'D'}
# how much of a marker is filled, by the form of the model
FILLED = {'plain': 'none', 'compiled': 'left', 'fused': 'full', 'fused, compiled': 'top'}
OTHER = 'right'  # a graph of another runtime


def plot(result: dict) -> Figure | None:
    """Published mIoU against measured frames a second; None without two models to compare.

    A line is a model, from its slowest form to its fastest, which is named. The shape of a marker
    is the dtype, its filling the form: plain ones, as all models but WaveMix are, are hollow.
    """
    models: dict[str, list[dict]] = defaultdict(list)
    for row in result['rows']:
        if row.get('published_miou'):
            models[row['name'].split('+')[0]].append(row)
    if len(models) < 2:
        return None
    figure = Figure(figsize=(8, 5), layout='constrained')
    axis = figure.subplots()
    seen: dict[str, tuple[str, str]] = {}  # entries of the legend: marker and filling
    for name, rows in models.items():
        rows.sort(key=lambda row: row['fps'])
        color = 'tab:red' if name.startswith('wavemix') else 'tab:blue'
        height = rows[0]['published_miou']
        axis.plot([row['fps'] for row in rows], [height] * len(rows), color=color, lw=1, zorder=1)
        for row in rows:
            form = ', '.join(row['name'].split('+')[1:]) or 'plain'
            marker, filled = MARKERS[row['dtype']], FILLED.get(form, OTHER)
            _mark(axis, row['fps'], height, color, marker, filled)
            seen |= {row['dtype']: (marker, 'full'), form: ('o', filled)}
        axis.annotate(
            re.sub('_cityscapes.*', '', name),
            (rows[-1]['fps'], height),
            xytext=(8, -3),
            textcoords='offset points',
            fontsize=9,
        )
    entries = [*MARKERS, *FILLED, *seen]  # in this order
    for label in dict.fromkeys(entry for entry in entries if entry in seen):
        _mark(axis, [], [], 'grey', *seen[label], label=label)
    axis.legend(loc='lower left')
    axis.set_xscale('log')
    axis.margins(x=0.3, y=0.1)
    height, width = result['rows'][0]['size']
    axis.set_xlabel(f'measured frames a second, {height}x{width}, {result["machine"]["device"]}')
    axis.set_ylabel('published mIoU, Cityscapes val, %')
    axis.grid(alpha=0.3)
    return figure


def _mark(
    axis: Axes,
    x: float | list,
    y: float | list,
    color: str,
    marker: str,
    filled: str,
    label: str | None = None,
) -> None:
    hollow = filled == 'none'  # and not transparent: a line leads through it
    axis.plot(
        x, y, marker, color=color, markersize=7, fillstyle='full' if hollow else filled, zorder=2,
        markerfacecolor='white' if hollow else color, markerfacecoloralt='white', label=label,
    )  # fmt: skip
