"""Serves a page on this machine that segments pictures of streets: drop one, see its classes.

    python tools/web_demo.py                                  the shipped model, trained on real
                                                              streets; what `make demo` trained
    python tools/web_demo.py --config C --checkpoint K        a model
    python tools/web_demo.py --model C K --model C2 K2        several to choose from

The page is for this machine alone unless --host says otherwise. Nothing is sent anywhere, and
nothing fetched; uploads are deleted after minutes, and all of them when the server ends (Ctrl-C).
Needs Gradio: pip install 'mmseg-wavemix[web]', or `make web` in a clone of the repository.
"""

import argparse
import contextlib
import signal
import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from mmseg_wavemix.checkpoints import add_trust_option
from mmseg_wavemix.checkpoints.model_files import ModelFiles
from mmseg_wavemix.cli import run
from mmseg_wavemix.web.limits import Limits
from mmseg_wavemix.web.serving import serving


def positive(text: str) -> float:
    value = float(text)
    if not 0 < value < float('inf'):
        raise argparse.ArgumentTypeError(f'{text}: expected more than 0')
    return value


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('--config', type=Path, help='of a model, with --checkpoint')
    parser.add_argument('--checkpoint', help='path or URL')
    parser.add_argument(
        '--model',
        nargs=2,
        action='append',
        default=[],
        metavar=('CONFIG', 'CHECKPOINT'),
        help='one more model to choose on the page; may be repeated',
    )
    parser.add_argument(
        '--host',
        default='127.0.0.1',
        help='address or name to listen on, and to be asked for by; default: this machine alone',
    )
    parser.add_argument('--port', type=int, default=7860)
    parser.add_argument('--examples', type=Path, metavar='DIR', help='default: synthetic scenes')
    parser.add_argument(
        '--max-megapixels', type=positive, default=Limits().megapixels, help='of an upload'
    )
    parser.add_argument('--max-mb', type=positive, default=Limits().megabytes, help='of an upload')
    parser.add_argument('--device', help='default: cuda if there is a GPU, else cpu')
    add_trust_option(parser)
    args = parser.parse_args()
    if bool(args.config) != bool(args.checkpoint):
        parser.error('--config and --checkpoint belong together')
    if not 1 <= args.port <= 65535:
        parser.error(f'--port {args.port}: expected 1 to 65535')
    return args


def main() -> None:
    args = parse_args()
    models = [ModelFiles(Path(config), checkpoint) for config, checkpoint in args.model]
    if args.config:
        models.insert(0, ModelFiles(args.config, args.checkpoint))
    # ends as Ctrl-C does, so that temporary files go
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with (
        contextlib.suppress(KeyboardInterrupt),
        serving(
            models,
            args.host,
            args.port,
            args.examples,
            Limits(args.max_mb, args.max_megapixels),
            device=args.device,
        ) as address,
    ):
        print(f'The page: {address}   (Ctrl-C ends it)', flush=True)
        threading.Event().wait()


if __name__ == '__main__':
    run(main)
