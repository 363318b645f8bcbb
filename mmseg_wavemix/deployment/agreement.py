"""Forms of one model on real pictures: their labels, and their scores."""

import tempfile
from pathlib import Path

import numpy as np
import torch
from mmengine.config import Config
from mmseg.models.utils import resize
from PIL import Image
from torch import nn

from ..errors import InputError
from ..evaluation import official_scores
from ..evaluation.label_ids import label_ids_of_classes, label_ids_path
from .export import PictureToLogits
from .pictures import pictures
from .runtimes import Graph


def torch_graph(model: nn.Module) -> Graph:
    """A segmentor as what takes and gives the same as an exported graph does.

    Args:
        model: in eval mode, on the CPU; fused or in another dtype by
            :func:`mmseg_wavemix.deployment.ready.make_ready`.
    """
    network = PictureToLogits(model, fused=False)

    @torch.inference_mode()
    def graph(image: np.ndarray) -> np.ndarray:
        return network(torch.from_numpy(image)).float().numpy()

    return graph


def compare_forms(
    cfg: Config, classes: list[str], forms: dict[str, Graph], sizes: tuple[int, int] | int = 1
) -> list[dict]:
    """Each form on the test split, against the first of them.

    Args:
        cfg: a config.
        classes: names of what the logits tell apart.
        forms: by name.
        sizes: as for :func:`mmseg_wavemix.deployment.pictures.pictures`.

    Returns:
        A row for each: ``name``; ``mIoU``, official; ``images``; ``same``, percent of a picture's
        pixels with the first form's label, on average, and ``same_worst``, of the picture with the
        fewest; ``difference``, the largest of any logit, relative to the largest of its picture.

    Raises:
        InputError: a form does not take a picture of the split.
    """
    label_ids = label_ids_of_classes(classes)
    pairs = {name: [] for name in forms}
    same, difference = ({name: [] for name in forms} for _ in range(2))
    with tempfile.TemporaryDirectory() as folder:
        for number, (picture, meta) in enumerate(pictures(cfg, 'test', sizes)):
            image = np.ascontiguousarray(picture.transpose(2, 0, 1)[None], np.float32)
            first = expected = None
            for form, (name, graph) in enumerate(forms.items()):
                try:
                    logits = torch.from_numpy(graph(image))
                except Exception as error:  # each runtime has errors of its own
                    height, width = picture.shape[:2]
                    raise InputError(
                        f'{name} does not take {meta["img_path"]}, {height}x{width} '
                        f'({str(error).splitlines()[0]}): export with --size {height}x{width}'
                    ) from error
                full = resize(logits, meta['ori_shape'][:2], mode='bilinear', align_corners=False)
                labels = full.argmax(1)[0].numpy()
                if first is None:
                    first, expected = logits, labels
                same[name].append((labels == expected).mean())
                difference[name].append(float((logits - first).abs().max() / first.abs().max()))
                file = Path(folder, f'{form}_{number}.png')
                Image.fromarray(label_ids[labels]).save(file)
                pairs[name].append((str(file), label_ids_path(meta['seg_map_path'])))
        scores = {name: official_scores(of_form) for name, of_form in pairs.items()}
    return [
        dict(
            name=name,
            mIoU=scores[name]['mIoU'],
            images=scores[name]['images'],
            same=100 * float(np.mean(same[name])),
            same_worst=100 * float(min(same[name])),
            difference=max(difference[name]),
        )
        for name in forms
    ]


def format_forms(rows: list[dict]) -> str:
    """A Markdown table."""
    lines = [
        f'| form | same label as {rows[0]["name"]} | of the worst picture | largest difference | '
        'mIoU |',
        '|---|---:|---:|---:|---:|',
    ]
    lines += [
        f'| {row["name"]} | {row["same"]:.3f} % | {row["same_worst"]:.3f} % | '
        f'{row["difference"]:.1e} | {row["mIoU"]:.2f} |'
        for row in rows
    ]
    return '\n'.join(lines)
