"""Draws docs/camvid_curve.png, mIoU on val over all cycles, from the logs beside this file."""

import json
from pathlib import Path

from matplotlib import color_sequences
from matplotlib.figure import Figure

HERE = Path(__file__).parent
CYCLES = {  # in the order in which each went on from the one before
    'cycle1': '6 blocks, first cycle',
    'cycle2': 'second cycle, averages of weights from here on',
    'grown': 'five more blocks',
    'cycle4': 'fourth cycle',
    'cycle5': 'fifth cycle',
    'stem': 'another stem, learned alone',
    'cycle6': 'sixth cycle, all of it',
    'cycle7': 'seventh cycle, averages with statistics of their own',
    'cycle8': 'eighth cycle, the same again',
    'cycle9': 'ninth cycle, more augmented, from the seventh',
    'larger': '16 blocks, from the average of these three',
}
# not where the one before ended; the average is drawn to end with the eighth
BEGAN_FROM = {'cycle9': 'cycle7', 'larger': 'cycle8'}


def main() -> None:
    figure = Figure(figsize=(8.8, 4.4), layout='constrained')
    axes = figure.subplots()
    axes.set_prop_cycle(color=[*color_sequences['tab10'], 'black'])
    begin, ends = 0, {}
    for name, label in CYCLES.items():
        lines = (HERE / f'{name}_scalars.jsonl').read_text().splitlines()
        log = [json.loads(line) for line in lines]
        begin = ends.get(BEGAN_FROM.get(name), begin)
        # a validation is logged with the epoch as its step
        curve = [(begin + row['step'], row['mIoU']) for row in log if 'mIoU' in row]
        axes.plot(*zip(*curve), marker='o', markersize=3.5, label=label)
        if name != 'stem':
            epoch, value = curve[-1]
            offset = (-20, -18 if name in BEGAN_FROM else 9)  # below the one beside it
            axes.annotate(f'{value:.1f}', (epoch, value), offset, textcoords='offset points')
        begin = ends[name] = curve[-1][0]
    axes.set(xlabel='epoch', ylabel='official mIoU on CamVid val, %', ylim=(20, 78))
    axes.grid(alpha=0.3)
    axes.legend(loc='lower right', fontsize=9)
    figure.savefig(HERE.parents[1] / 'camvid_curve.png', dpi=100)


if __name__ == '__main__':
    main()
