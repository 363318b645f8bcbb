"""Converts weights of the authors' package wavemix to this toolbox's, exactly or not at all; makes
a file to hand on of a run's checkpoint.

A checkpoint of this toolbox as SRC: its weights alone are written. A .safetensors DST, which cannot
hold code, gets a .json of the same name beside it: config, classes, how the scores come about,
versions, SHA-256 of the file and of the data it was trained on. With --half it has half the bytes,
float16, and is loaded as any other; weights that float16 does not keep are refused.

  python tools/convert_checkpoint.py work_dirs/RUN/epoch_300.pth wavemix_camvid.safetensors --half

Weights of the authors: SRC is a path or a URL of a state dict of wavemix.SemSegment.WaveMix, of
wavemix.classification.WaveMix, or of the published Cityscapes model; a download is kept in
torch.hub's folder. What it is, is read off the weights. Of Cityscapes' 20 classes void is dropped:
the other 19 are those of the official scripts, in their order.

  python tools/convert_checkpoint.py cityscapes.pth wavemix_cityscapes.pth \\
      --config configs/wavemix_192_16_l3_patch4_cityscapes.py

ImageNet weights (75.06 % claimed), as the authors' repository pranavphoenix/WaveMix names them in
Saved_weights/ImageNet/wavemix_imagenet_75.06.py:
  https://huggingface.co/cloudwalker/wavemix/resolve/main/Saved_Models_Weights/ImageNet/\
wavemix_192_16_75.06.pth
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from mmengine.config import Config

from mmseg_wavemix.checkpoints import add_trust_option
from mmseg_wavemix.checkpoints.convert import convert, export, is_own
from mmseg_wavemix.cli import run


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('source', metavar='SRC', help='path or URL')
    parser.add_argument(
        'destination', type=Path, metavar='DST', help='new file, .pth or .safetensors'
    )
    parser.add_argument('--config', type=Path, metavar='C', help='a config that it must fit')
    parser.add_argument(
        '--half', action='store_true', help="float16; statistics of norms keep the file's dtype"
    )
    add_trust_option(parser)
    return parser.parse_args()


def written(file: Path) -> str:
    return f'written to {file}, {file.stat().st_size / 1e6:.2f} MB'


def main() -> None:
    args = parse_args()
    if args.config is None and is_own(args.source):
        exported = export(args.source, args.destination, args.half)
        print(f'{exported.weights} weights, all of them, {written(args.destination)}')
        return
    converted = convert(args.source, args.destination, args.config, args.half)
    for remark in converted.remarks:
        print(remark)
    print(f'{len(converted.state_dict)} weights, all of them, {written(args.destination)}')
    if converted.kind == 'classification':
        print(
            'A segmentation backbone begins with them by\n'
            f"  init_cfg=dict(type='ClassifierWeights', checkpoint='{args.destination}')"
        )
    if args.config is None:
        print('The model, for a config:')
        print(Config(dict(model=converted.model)).pretty_text)
    if converted.kind == 'segmentation':
        print('What to type next:')
        print(f'  python tools/test.py {args.config or "CONFIG"} {args.destination}')


if __name__ == '__main__':
    run(main)
