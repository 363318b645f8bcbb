"""The rows of a comparison as a table and as a plot."""

import re
from collections import defaultdict

from matplotlib.figure import Figure


def format_table(result: dict) -> str:
    """Markdown: one row each, with the speed against the first row."""
    rows = result['rows']
    first = next((row for row in rows if row['name'] == 'reference'), rows[0])
    lines = [
        f'| model | dtype | params | GFLOPs | ms | quartiles | FPS | vs {first["name"]} '
        f'{first["dtype"]} | peak MB | of peak rate |'
        + (' largest batch |' if 'largest_batch' in first else ''),
    ]
    lines.append('|---|---|' + '---:|' * (lines[0].count('|') - 3))
    for row in rows:
        lower, upper = row['latency_quartiles_ms']
        cells = [
            row['name'],
            row['dtype'],
            f'{row["params"] / 1e6:.2f} M',
            f'{row["flops"] / 1e9:.1f}',
            f'{row["latency_ms"]:.1f}',
            f'{lower:.1f} to {upper:.1f}',
            f'{row["fps"]:.2f}',
            f'{first["latency_ms"] / row["latency_ms"]:.2f}x',
            '' if row['peak_memory_mb'] is None else f'{row["peak_memory_mb"]:.0f}',
            '' if row['roofline_share'] is None else f'{100 * row["roofline_share"]:.0f} %',
        ]
        cells += [str(row['largest_batch'])] if 'largest_batch' in row else []
        lines.append(f'| {" | ".join(cells)} |')
    return '\n'.join(lines)


MARKERS = {'fp32': 'o', 'bf16': 's', 'fp16': '^', 'int8': 'D'}


def plot(result: dict) -> Figure | None:
    """Published mIoU against measured frames a second; None without two models to compare.

    A line is a model, from its slowest form to its fastest, which is named; forms of WaveMix are
    plain, fused, compiled.
    """
    models: dict[str, list[dict]] = defaultdict(list)
    for row in result['rows']:
        if row.get('published_miou'):
            models[row['name'].split('+')[0]].append(row)
    if len(models) < 2:
        return None
    figure = Figure(figsize=(8, 5), layout='constrained')
    axis = figure.subplots()
    kinds = set()
    for name, rows in models.items():
        rows.sort(key=lambda row: row['fps'])
        color = 'tab:red' if name.startswith('wavemix') else 'tab:blue'
        height = rows[0]['published_miou']
        axis.plot([row['fps'] for row in rows], [height] * len(rows), color=color, lw=1, zorder=1)
        for row in rows:
            axis.scatter(row['fps'], height, 30, color, MARKERS[row['dtype']], zorder=2)
            kinds.add(row['dtype'])
        axis.annotate(
            re.sub('_cityscapes.*', '', name),
            (rows[-1]['fps'], height),
            xytext=(7, -3),
            textcoords='offset points',
            fontsize=9,
        )
    for kind in sorted(kinds):
        axis.scatter([], [], 30, 'grey', MARKERS[kind], label=kind)
    axis.legend(loc='lower left')
    axis.set_xscale('log')
    axis.margins(x=0.3, y=0.1)
    height, width = result['rows'][0]['size']
    axis.set_xlabel(f'measured frames a second, {height}x{width}, {result["machine"]["device"]}')
    axis.set_ylabel('published mIoU, Cityscapes val, %')
    axis.grid(alpha=0.3)
    return figure
