"""The rows of a comparison as a table and as a plot."""

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


def plot(result: dict) -> Figure | None:
    """Published mIoU against measured frames a second; None without two models to compare."""
    rows = [row for row in result['rows'] if row.get('published_miou')]
    if len({row['name'] for row in rows}) < 2:
        return None
    figure = Figure(figsize=(7, 4.5), layout='constrained')
    axis = figure.subplots()
    for row in rows:
        axis.plot(row['fps'], row['published_miou'], 'o', ms=4 + (row['params'] / 1e6) ** 0.5)
        axis.annotate(
            f'{row["name"]}, {row["dtype"]}',
            (row['fps'], row['published_miou']),
            xytext=(6, 4),
            textcoords='offset points',
            fontsize=8,
        )
    axis.set_xscale('log')
    axis.margins(x=0.25, y=0.15)
    height, width = rows[0]['size']
    axis.set_xlabel(f'measured frames a second, {height}x{width}, {result["machine"]["device"]}')
    axis.set_ylabel('published mIoU, Cityscapes val, %')
    axis.grid(alpha=0.3)
    return figure
