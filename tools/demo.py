"""Segments street pictures, videos and what a webcam sees.

    python tools/demo.py MY_STREET.jpg --out OUT

does it by the model that the toolbox ships, trained on real streets: CamVid's 11 classes, for
research use. --config and --checkpoint, both of them, name another.

An INPUT is a file, a folder (with all below), a glob pattern, or the index of a webcam (0).

For each picture three files are written to the folder --out:
  NAME_overlay.png   the picture with its classes' colours and a legend, or another --layout:
                     NAME_side-by-side.png, NAME_map.png
  NAME_color.png     the colours alone
  NAME_labelIds.png  official Cityscapes label ids, at the size of the picture as it is displayed
For each video or webcam one:
  NAME_overlay.mp4   the same view of each frame, at the same rate, without sound
Of webcam 0, NAME is webcam0; else it is the file's name without suffix. Where that is not enough to
tell inputs apart, the names of their folders come before it (left/1.png, right/1.png: left_1,
right_1) or their suffix behind it (1.jpg, 1.png: 1_jpg, 1_png). Nothing that exists is overwritten.

Pictures that do not fit into memory whole are segmented in tiles. Ctrl-C ends a video, what is done
of it can be played; a webcam ends by it, by --seconds, or by q in its window if there is a display.

--json F writes for machines what was done: of each input its size, the time it took, each class's
share of the pixels (0 to 1) and the files; for videos also NAME_shares.csv, frame by frame.

An input that cannot be read is named and passed over; the exit status then is 1.
"""

import argparse
import contextlib
import json
import math
import os
import sys
from pathlib import Path

from tqdm import tqdm

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from mmseg_wavemix.checkpoints import add_trust_option
from mmseg_wavemix.cli import run, size_of
from mmseg_wavemix.datasets.pictures import find_inputs
from mmseg_wavemix.demo.clip import segment_clip
from mmseg_wavemix.demo.jobs import Job, plan_jobs, prepare
from mmseg_wavemix.demo.picture import segment_picture
from mmseg_wavemix.demo.segmenter import Segmenter
from mmseg_wavemix.demo.sources import VideoFile, Webcam
from mmseg_wavemix.demo.view import LAYOUTS, View, class_indices
from mmseg_wavemix.demo.window import Window, has_display
from mmseg_wavemix.demo.writer import CODECS
from mmseg_wavemix.deployment.ready import add_inference_options
from mmseg_wavemix.errors import InputError
from mmseg_wavemix.evaluation.label_ids import ids_in_files
from mmseg_wavemix.inference import load_model
from mmseg_wavemix.shipped import CARD, model_or_shipped
from mmseg_wavemix.shipped import largest_side as shipped_side

KNOWN_LENGTH = '{desc} {percentage:3.0f}%|{bar}| {n}/{total}, {rate_noinv_fmt}, {remaining} left'
NO_LENGTH = '{desc} {n} frames in {elapsed}, {rate_noinv_fmt}'


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        'inputs', nargs='+', metavar='INPUT', help='picture, video, folder, pattern or webcam index'
    )
    parser.add_argument('--config', type=Path, help='of a model of yours, with --checkpoint')
    parser.add_argument('--checkpoint', help='path or URL; default: the shipped model')
    parser.add_argument('--out', type=Path, required=True, metavar='DIR')
    parser.add_argument('--device', help='default: cuda if there is a GPU, else cpu')
    parser.add_argument(
        '--layout', choices=LAYOUTS, default='overlay', help='of the view (%(default)s)'
    )
    parser.add_argument('--opacity', type=float, default=0.5, help='of the colours, 0 to 1 (0.5)')
    parser.add_argument(
        '--classes',
        nargs='+',
        metavar='NAME',
        help="show only these, such as road 'traffic sign'; label ids stay complete",
    )
    parser.add_argument(
        '--no-legend',
        action='store_true',
        help="the view without the strip below: the input's size",
    )
    parser.add_argument('--json', type=Path, metavar='F', help='write what was done to a new file')
    parser.add_argument(
        '--seconds', type=float, metavar='S', help='stop a video or webcam after so many'
    )
    parser.add_argument(
        '--codec',
        choices=CODECS,
        help='of videos; default: the first of these that OpenCV can write here',
    )
    parser.add_argument(
        '--tile',
        type=size_of,
        metavar='HxW',
        help='segment all in tiles of this size; default: where memory asks for it',
    )
    parser.add_argument(
        '--largest-side',
        type=int,
        metavar='PIXELS',
        help='show larger pictures to the model scaled down to this longer side, 0: as they are; '
        'default: 0, for the shipped model the longest side that it was trained on',
    )
    add_inference_options(parser)
    add_trust_option(parser)
    args = parser.parse_args()
    if not 0 <= args.opacity <= 1:
        parser.error(f'--opacity {args.opacity}: expected 0 to 1')
    if args.largest_side is not None and not (args.largest_side == 0 or args.largest_side >= 32):
        parser.error(f'--largest-side {args.largest_side}: expected 32 or more, or 0')
    if args.seconds is not None and not args.seconds > 0:
        parser.error(f'--seconds {args.seconds}: expected more than 0')
    if args.json and os.path.lexists(args.json):
        parser.error(f'{args.json} exists and is not overwritten: name a new file')
    return args


def segment_frames(job: Job, segmenter: Segmenter, view: View, args: argparse.Namespace) -> dict:
    """A video or webcam, with a progress bar and, live, a window."""
    with contextlib.ExitStack() as stack:
        source = stack.enter_context(
            Webcam(job.source) if isinstance(job.source, int) else VideoFile(job.source)
        )
        total = source.frames
        if args.seconds and total:
            total = min(total, math.ceil(args.seconds * source.fps))
        bar = stack.enter_context(
            tqdm(
                desc=job.name,
                total=total,
                unit=' frames',
                bar_format=KNOWN_LENGTH if total else NO_LENGTH,
                disable=None,
                leave=False,
            )
        )
        show = source.live and has_display()
        record = segment_clip(
            source,
            segmenter,
            view,
            job.view,
            job.others.get('shares'),
            args.seconds,
            args.codec,
            stack.enter_context(Window(job.name)) if show else None,
            bar.update,
        )
    rate = record['frames'] / max(record['seconds'], 1e-3)
    end = ', interrupted' if 'interrupted' in record else ''
    tqdm.write(f'{job.name}{end}: {record["frames"]} frames, {rate:.1f} FPS: {job.view}')
    return record


def main() -> None:
    args = parse_args()
    files = model_or_shipped(args.config, args.checkpoint)
    jobs = plan_jobs(find_inputs(args.inputs), args.out, args.layout, args.json is not None)
    for job in jobs:
        if isinstance(job.source, int):  # told now, not when its turn comes
            with Webcam(job.source):
                pass
    prepare(args.out, [file for job in jobs for file in (job.view, *job.others.values())])

    how = dict(fused=not args.no_fuse, dtype=args.dtype, execution=args.execution)
    model = load_model(*files, args.device, **how)
    classes, palette = model.dataset_meta['classes'], model.dataset_meta['palette']
    largest_side = args.largest_side
    if args.config is None:
        print(
            f"the shipped model, {files.config.stem}: CamVid's {len(classes)} classes, for research"
            f' use; what it can and cannot do: {CARD}'
        )
        largest_side = shipped_side() if largest_side is None else largest_side
    shown = class_indices(args.classes, classes) if args.classes else None
    label_ids, official = ids_in_files(classes)
    if not official:
        print("not Cityscapes' classes: *_labelIds.png hold the model's own numbers, from 0")
    view = View(classes, palette, args.layout, args.opacity, shown, not args.no_legend)
    segmenter = Segmenter(model, args.tile, tqdm.write, largest_side)
    if args.tile is None:
        print(segmenter.outlook())

    records = []
    pictures = all(job.is_picture for job in jobs)
    what = 'pictures' if pictures else 'inputs'
    several = len(jobs) > 1 or pictures
    try:
        for job in tqdm(jobs, unit=what[:-1], disable=None if several else True):
            records.append(dict(file=str(job.source)))
            try:
                if job.is_picture:
                    record = segment_picture(job, segmenter, view, label_ids)
                else:
                    record = segment_frames(job, segmenter, view, args)
            except InputError as error:
                record = dict(error=str(error))
            records[-1].update(record, outputs=job.outputs())
            if 'error' in record:
                tqdm.write(f'failed: {record["error"]}', file=sys.stderr)
            if 'interrupted' in record and not isinstance(job.source, int):
                raise KeyboardInterrupt
    finally:
        if args.json:
            device = str(segmenter.device)
            result = dict(
                config=str(files.config), checkpoint=str(files.checkpoint), device=device,
                classes=list(classes), inputs=records,
            )  # fmt: skip
            args.json.parent.mkdir(parents=True, exist_ok=True)
            args.json.write_text(json.dumps(result, indent=1) + '\n')
    failed = sum('error' in record for record in records)
    print(f'{len(jobs) - failed} of {len(jobs)} {what} segmented, results in {args.out}')
    if failed:
        raise InputError(f'{failed} of {len(jobs)} {what} failed, see above')


if __name__ == '__main__':
    run(main)
