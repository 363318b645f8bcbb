"""A backbone that begins with the weights of a classifier."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from mmengine.logging import print_log
from mmengine.model import BaseModule, PretrainedInit, update_init_info
from mmengine.registry import WEIGHT_INITIALIZERS
from torch import Tensor, nn

from ..errors import InputError
from .authors import from_authors, is_authors, unwrap
from .difference import difference, listed, shapes
from .initial import init_cfgs
from .loading import read_checkpoint, read_content


@WEIGHT_INITIALIZERS.register_module()
class ClassifierWeights:
    """Initialises a WaveMix backbone by a trained model's, exactly or not at all.

    In a config: ``backbone=dict(type='WaveMix', ..., init_cfg=dict(type='ClassifierWeights',
    checkpoint=..., skip=['stem']))``. mmengine's ``Pretrained`` would pass over what does not fit.

    Args:
        checkpoint: path or URL of a checkpoint of mmpretrain or mmseg, whose backbone is taken, or
            of a state dict of the authors' package.
        skip: parts of the backbone that stay as they are initialised, such as ``'stem'`` where the
            classifier has another one, or ``'blocks.15'``.
    """

    def __init__(self, checkpoint: str | Path, skip: Sequence[str] = ()) -> None:
        self.checkpoint = checkpoint
        self.skip = (skip,) if isinstance(skip, str) else tuple(skip)

    def __call__(self, module: nn.Module) -> None:
        """Loads the weights, and logs what was and what was not.

        Raises:
            InputError: see :meth:`select`.
        """
        weights, unused = self.select(module)
        left = [name for name in module.state_dict() if name not in weights]
        module.load_state_dict(weights, strict=False)
        for name, child in module.named_modules():  # their own init_cfg would come after this one
            if name and isinstance(child, BaseModule) and not _below(left, [name]):
                child._is_init = True
        if hasattr(module, '_params_init_info'):
            update_init_info(module, init_info=f'ClassifierWeights: {self.checkpoint}')
        parameters = sum(value.numel() for name, value in module.named_parameters()
                         if name in weights)  # fmt: skip
        print_log(
            f'{type(module).__name__} begins with the weights of {self.checkpoint}: '
            f'{len(weights)} loaded ({parameters:,} parameters) into {_parts(weights)}; '
            f'{len(left)} of the model not loaded: {", ".join(left) or "none"}; '
            f'{len(unused)} of the file not used: {", ".join(unused) or "none"}',
            logger='current',
        )

    def select(self, module: nn.Module) -> tuple[dict[str, Tensor], list[str]]:
        """The weights to load, under the module's names, and the file's names that are left over.

        Raises:
            InputError: the file cannot be read, has no backbone, or one that differs from the
                module in names or shapes outside of ``skip``; ``skip`` names nothing; another
                initializer would follow and write over the weights.
        """
        for cfg in _later(module):
            raise InputError(
                f'init_cfg: {cfg.get("type")} would write over the weights of {self.checkpoint}: '
                'leave it out, or put it before ClassifierWeights if it is not Pretrained'
            )
        weights = self._read()
        given = {name.removeprefix('backbone.'): value for name, value in weights.items()
                 if name.startswith('backbone.')}  # fmt: skip
        if not given:
            raise InputError(
                f'checkpoint {self.checkpoint} holds no backbone.* but {listed(sorted(weights))}: '
                'give one of mmpretrain, mmseg, or of the authors'
            )
        expected = module.state_dict()
        for part in self.skip:
            if not _below(expected, [part]):
                raise InputError(
                    f'ClassifierWeights: skip names {part!r}, which {type(module).__name__} does '
                    'not have: name parts of it, such as stem'
                )
        if len(_below(expected, self.skip)) == len(expected):
            raise InputError(
                f'ClassifierWeights: skip={list(self.skip)} leaves nothing to load from '
                f'{self.checkpoint}: leave init_cfg out'
            )
        skipped = _below(given, self.skip)
        given = {name: value for name, value in given.items() if name not in skipped}
        left = _below(expected, self.skip)
        faults = difference(
            shapes({name: value for name, value in expected.items() if name not in left}),
            shapes(given),
        )
        if faults:
            raise InputError(
                f'the backbone in {self.checkpoint} is another than that of the config: {faults}; '
                "make them alike, or name the parts that differ in init_cfg's skip"
            )
        used = {f'backbone.{name}' for name in given}
        return given, [name for name in weights if name not in used]

    def _read(self) -> dict[str, Tensor]:
        content = read_content(self.checkpoint)
        if is_authors(unwrap(content)):
            return from_authors(content, self.checkpoint).state_dict
        return read_checkpoint(self.checkpoint)['state_dict']


def check_classifier_weights(model: nn.Module) -> None:
    """Tries every ``ClassifierWeights`` of a model's ``init_cfg``, and changes nothing.

    Raises:
        InputError: see :meth:`ClassifierWeights.select`.
    """
    for module in model.modules():
        for initializer in _initializers(module):
            initializer.select(module)


def _initializers(module: nn.Module) -> Iterator[ClassifierWeights]:
    for cfg in init_cfgs(module):
        if _is_classifier(cfg):
            yield WEIGHT_INITIALIZERS.build(cfg)


def _later(module: nn.Module) -> list[dict]:
    """What mmengine would initialise the module by after this; ``Pretrained`` always is."""
    cfgs = init_cfgs(module)
    last = max((i for i, cfg in enumerate(cfgs) if _is_classifier(cfg)), default=len(cfgs))
    return [
        cfg
        for i, cfg in enumerate(cfgs)
        if i > last or cfg.get('type') in ('Pretrained', PretrainedInit)
    ]


def _is_classifier(cfg: dict) -> bool:
    return cfg.get('type') in ('ClassifierWeights', ClassifierWeights)


def _parts(names: Iterable[str]) -> str:
    """The modules that weights belong to, such as ``stem, blocks.0, blocks.1``."""
    return ', '.join(
        dict.fromkeys(
            '.'.join(name.split('.')[: 2 if name.startswith('blocks.') else 1]) for name in names
        )
    )


def _below(names: object, parts: Sequence[str]) -> set[str]:
    """Those of ``names`` that lie in one of ``parts``."""
    return {name for name in names if any(f'{name}.'.startswith(f'{part}.') for part in parts)}
