"""Hides each part of a picture in turn and draws what the prediction loses: the paper's Figure 5.

Of a classifier (a config of MMPretrain): test pictures, and the probability of their true class
when a pixel is hidden; dark pixels matter.

Of a segmenter: one test picture or --picture FILE, a row for each class. Once over all pixels of
the class, so that hidden ones count, and once over those that stay visible: what they owe to their
surroundings. The pixels of a class are those of the ground truth; on a FILE, those of the model's
own prediction.
"""

import argparse
import sys
from pathlib import Path

from matplotlib.figure import Figure
from mmengine.config import Config

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from mmseg_wavemix.checkpoints import add_trust_option
from mmseg_wavemix.cli import run
from mmseg_wavemix.config import load_config
from mmseg_wavemix.datasets.pictures import read_picture
from mmseg_wavemix.errors import InputError
from mmseg_wavemix.inference import load_model
from mmseg_wavemix.new_file import check_new
from mmseg_wavemix.visualization.figure import figure_path, save_figure
from mmseg_wavemix.visualization.occlusion import MEASURES
from mmseg_wavemix.visualization.occlusion_figure import classifier_figure
from mmseg_wavemix.visualization.occlusion_segmenter import segmenter_occlusion
from mmseg_wavemix.visualization.samples import dataset_samples


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('config', type=Path)
    parser.add_argument('checkpoint', help='path or URL')
    parser.add_argument(
        '--out', type=figure_path, required=True, metavar='F', help='new .png, .svg, .pdf'
    )
    parser.add_argument('--patch', type=int, metavar='N', help='side of what is hidden, in pixels')
    parser.add_argument('--stride', type=int, metavar='N', help='from one place to the next')
    parser.add_argument('--device', help='default: cuda if there is a GPU, else cpu')
    segmenter = parser.add_argument_group('of a segmenter')
    segmenter.add_argument('--picture', type=Path, metavar='FILE', help='one without ground truth')
    segmenter.add_argument('--only', metavar='NAME', help='the test picture with this in its name')
    segmenter.add_argument('--classes', nargs='+', metavar='NAME', help='default: the largest six')
    segmenter.add_argument('--measure', choices=MEASURES, default='probability')
    classifier = parser.add_argument_group('of a classifier')
    classifier.add_argument('--count', type=int, default=6, help='pictures, evenly spaced')
    add_trust_option(parser)
    args = parser.parse_args()
    for name in ('patch', 'stride', 'count'):
        value = getattr(args, name)
        if value is not None and value < 1:
            parser.error(f'--{name} {value}: 1 or more')
    return args


def of_classifier(cfg: Config, args: argparse.Namespace) -> Figure:
    for option in ('picture', 'only', 'classes'):
        if getattr(args, option):
            raise InputError(f'--{option} is for segmenters, {args.config} is of a classifier')
    from mmseg_wavemix.visualization.occlusion_classifier import load_classifier, occluded_samples

    model, dataset = load_classifier(cfg, args.config, args.checkpoint, args.device)
    pictures = occluded_samples(model, dataset, args.count, args.patch, args.stride)
    return classifier_figure(pictures)


def of_segmenter(cfg: Config, args: argparse.Namespace) -> Figure:
    if args.picture:
        image, truth = read_picture(args.picture), None
    else:
        only = [args.only] if args.only else None
        _, image, truth = dataset_samples(cfg, args.config, 1, only)[0]
    model = load_model(args.config, args.checkpoint, args.device, fused=True)
    return segmenter_occlusion(
        model, image, truth, args.classes, args.patch, args.stride, args.measure
    )


def main() -> None:
    args = parse_args()
    check_new(args.out)
    cfg = load_config(args.config)
    of_kind = of_classifier if cfg.get('default_scope') == 'mmpretrain' else of_segmenter
    save_figure(of_kind(cfg, args), args.out)
    print(f'written: {args.out}')


if __name__ == '__main__':
    run(main)
