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

Transparent parts of a picture count as white; of an animated GIF, the first picture is taken.

An input that cannot be read, or whose results cannot be written, is named and passed over; the exit
status then is 1, and 130 after Ctrl-C.
"""

import argparse
import contextlib
import json
import math
import sys
from pathlib import Path

import numpy as np
from tqdm import tqdm

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from mmseg_wavemix.checkpoints import add_trust_option
from mmseg_wavemix.checkpoints.atomic import write_whole
from mmseg_wavemix.cli import run, size_of
from mmseg_wavemix.datasets.pictures import find_inputs
from mmseg_wavemix.demo.bars import frames_bar, inputs_bar
from mmseg_wavemix.demo.clip import segment_clip
from mmseg_wavemix.demo.jobs import Job, check_results, plan_jobs
from mmseg_wavemix.demo.picture import segment_picture
from mmseg_wavemix.demo.segmenter import Segmenter
from mmseg_wavemix.demo.sources import VideoFile, Webcam
from mmseg_wavemix.demo.view import LAYOUTS, View, class_indices
from mmseg_wavemix.demo.window import Window, has_display
from mmseg_wavemix.demo.writer import CODECS
from mmseg_wavemix.deployment.ready import add_inference_options, default_dtype
from mmseg_wavemix.errors import InputError
from mmseg_wavemix.evaluation.label_ids import ids_in_files
from mmseg_wavemix.inference import load_model, usable_device
from mmseg_wavemix.shipped import CARD, model_or_shipped
from mmseg_wavemix.shipped import largest_side as shipped_side


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
    add_inference_options(parser, scores=False)
    add_trust_option(parser)
    args = parser.parse_args()
    if not 0 <= args.opacity <= 1:
        parser.error(f'--opacity {args.opacity}: expected 0 to 1')
    if args.largest_side is not None and not (args.largest_side == 0 or args.largest_side >= 32):
        parser.error(f'--largest-side {args.largest_side}: expected 32 or more, or 0')
    if args.seconds is not None and not args.seconds > 0:
        parser.error(f'--seconds {args.seconds}: expected more than 0')
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
        bar = stack.enter_context(frames_bar(job.name, total))
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


def attempt(
    job: Job, segmenter: Segmenter, view: View, label_ids: np.ndarray, args: argparse.Namespace
) -> dict:
    """What came of an input; whatever fails of it, the others have their turn."""
    try:
        job.check_names()
        if job.is_picture:
            return segment_picture(job, segmenter, view, label_ids)
        return segment_frames(job, segmenter, view, args)
    except InputError as error:
        return dict(error=str(error))
    except OSError as error:  # such as a full disk
        return dict(error=f'{job.name}: {error}')
    except MemoryError:
        return dict(error=f'{job.name} does not fit into memory: scale it down')


def main() -> None:
    args = parse_args()
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors='backslashreplace')  # of names that it cannot show
    files = model_or_shipped(args.config, args.checkpoint)
    jobs = plan_jobs(find_inputs(args.inputs), args.out, args.layout, args.json is not None)
    for job in jobs:
        if isinstance(job.source, int):  # told now, not when its turn comes
            with Webcam(job.source):
                pass
    check_results(jobs, args.out, args.json)

    dtype = args.dtype or default_dtype(usable_device(args.device))
    how = dict(fused=not args.no_fuse, dtype=dtype, execution=args.execution)
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

    args.out.mkdir(parents=True, exist_ok=True)
    records, done, interrupted = [], 0, False
    pictures = all(job.is_picture for job in jobs)
    what = 'pictures' if pictures else 'inputs'
    try:
        with inputs_bar(jobs, what[:-1], shown=len(jobs) > 1 or pictures) as turns:
            for job in turns:
                records.append(dict(file=str(job.source)))
                record = attempt(job, segmenter, view, label_ids, args)
                records[-1].update(record, outputs=job.outputs())
                if 'error' in record:
                    tqdm.write(f'failed: {record["error"]}', file=sys.stderr)
                if 'interrupted' in record and not isinstance(job.source, int):
                    raise KeyboardInterrupt
                done += 'error' not in record
    except KeyboardInterrupt:
        interrupted = True
        if records and 'outputs' not in records[-1]:
            records[-1].update(interrupted=True, outputs=jobs[len(records) - 1].outputs())
    finally:
        if args.json:
            device = str(segmenter.device)
            result = dict(
                config=str(files.config), checkpoint=str(files.checkpoint), device=device,
                classes=list(classes), inputs=records,
            )  # fmt: skip
            write_whole(args.json, (json.dumps(result, indent=1) + '\n').encode())
    failed = sum('error' in record for record in records)
    print(f'{done} of {len(jobs)} {what} segmented, results in {args.out}')
    if interrupted:
        raise KeyboardInterrupt
    if failed:
        raise InputError(f'{failed} of {len(jobs)} {what} failed, see above')


if __name__ == '__main__':
    run(main)
