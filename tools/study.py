"""Trains the rows of a study, such as configs/studies/camvid_recipe.py, and writes its table.

A row is trained with --seeds, each in a process of its own, and scored by its last checkpoint on
the config's test split (CamVid's val). Into RESULTS, by default docs/results/STUDY, go
  ROW-SEED.json   parameters, FLOPs, time, curve, official scores, machine, commit, data
  table.md        a line a row, those without a result pending
  curves.png      mIoU over the epochs
Rows with a result are not trained again, and one that was interrupted goes on where it was: call
the same command until all is done. --jobs N trains N at once.
"""

import argparse
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from mmseg_wavemix.cli import run
from mmseg_wavemix.errors import InputError
from mmseg_wavemix.study.plan import Study, read_study
from mmseg_wavemix.study.runs import Training, check_compiled, check_same_data, run_training
from mmseg_wavemix.study.table import draw_curves, format_table, read_results


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('study', type=Path)
    parser.add_argument('--rows', nargs='+', metavar='ROW', help='default: all')
    parser.add_argument('--seeds', nargs='+', type=int, default=[0], metavar='N')
    parser.add_argument('--jobs', type=int, default=1, help='trainings at once')
    parser.add_argument('--results', type=Path, metavar='DIR', help='default: docs/results/STUDY')
    parser.add_argument('--work-dir', type=Path, help='default: work_dirs/studies/STUDY')
    parser.add_argument(
        '--compile',
        action='store_true',
        help='train through torch.compile, which takes rows of WaveMix alone',
    )
    parser.add_argument(
        '--table-only', action='store_true', help='write table and curves of the results there are'
    )
    args = parser.parse_args()
    if args.table_only and (args.rows or args.compile):
        parser.error('--table-only shows all results there are: leave out --rows and --compile')
    if args.jobs < 1:
        parser.error(f'--jobs {args.jobs}: 1 or more')
    if min(args.seeds) < 0 or len(set(args.seeds)) < len(args.seeds):
        parser.error(f'--seeds {" ".join(map(str, args.seeds))}: each once, 0 or more')
    return args


def main() -> None:
    args = parse_args()
    study = read_study(args.study)
    folder = args.results or Path('docs', 'results', study.name)
    work_dirs = args.work_dir or Path('work_dirs', 'studies', study.name)
    results = read_results(folder, study)  # what is there must fit, before hours are spent
    trainings = [
        Training(
            row,
            seed,
            work_dir=work_dirs / f'{row.name}-{seed}',
            result=folder / f'{row.name}-{seed}.json',
            compiled=args.compile,
        )
        for row in study.select(args.rows)
        for seed in args.seeds
    ]
    todo = [] if args.table_only else [one for one in trainings if not one.result.exists()]
    if not args.table_only and len(todo) < len(trainings):
        done = f'{len(trainings) - len(todo)} of {len(trainings)} trainings'
        print(f'{done} have results in {folder}: to repeat them, name another --results')
    for training in todo:
        # a work directory of another config, other data: told now, not in hours
        cfg = training.read_config()
        check_same_data(cfg, results)
        check_compiled(training, cfg)
    failed = 0
    for training, result in train(todo, args.jobs):
        if isinstance(result, InputError):
            failed += 1
            print(f'failed: {training.title}: {result}', file=sys.stderr)
            continue
        miou, minutes = result['scores']['mIoU'], result['train_minutes']
        print(f'{training.title}: mIoU {miou:.2f}, {minutes} min')
        write(study, folder)
    if failed:
        raise InputError(f'{failed} of {len(todo)} trainings failed, see above')
    print(f'\n{write(study, folder)}')


def train(todo: list[Training], jobs: int) -> Iterator[tuple[Training, dict | InputError]]:
    """Each with its result or why it has none, as they end."""
    pool = ThreadPoolExecutor(jobs)
    futures = {pool.submit(run_training, training): training for training in todo}
    try:
        for future in as_completed(futures):
            try:
                yield futures[future], future.result()
            except InputError as error:
                yield futures[future], error
    finally:  # after Ctrl-C, which the trainings hear too: no other one begins
        pool.shutdown(cancel_futures=True)


def write(study: Study, folder: Path) -> str:
    """Table and curves, made anew from the results there are; returns the table."""
    results = read_results(folder, study)
    if not results:
        raise InputError(f'{folder} has no results of {study.name} yet: leave out --table-only')
    table = format_table(study, results)
    (folder / 'table.md').write_text(f'{study.title}\n\n{table}\n')
    draw_curves(study, results).savefig(folder / 'curves.png', dpi=110)
    return table


if __name__ == '__main__':
    run(main)
