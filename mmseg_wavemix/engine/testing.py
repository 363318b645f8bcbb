"""From a config and a checkpoint to official scores."""

from pathlib import Path

from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmengine.runner import Runner
from mmseg.registry import DATASETS, MODELS

from ..checkpoints import allow_training_state, check_weights, local_file, read_checkpoint
from ..config import building
from ..errors import InputError
from ..evaluation.submission import check_images
from ..new_file import check_new
from .cpu import adapt_to_cpu
from .data import check_data
from .faults import explained
from .launch import gloo_without_cuda, is_first_process
from .model import check_model
from .ready import ReadyHook
from .work_dir import check_place


def test(
    cfg: Config,
    path: Path,
    checkpoint: str | Path,
    out: Path | None = None,
    json_file: Path | None = None,
    show_dir: Path | None = None,
    tta: bool = False,
    at_network_size: bool = False,
    format_submission: Path | None = None,
    fused: bool = True,
    dtype: str = 'fp32',
    execution: str = 'eager',
) -> dict[str, float]:
    """Predicts the test split, logs the official table, and writes what was asked for.

    Scores come from the official code on files, whatever validation during training counts.

    Args:
        cfg: the config, with ``work_dir`` and ``launcher`` set.
        path: where it came from, for messages.
        checkpoint: weights to test, a path or a URL.
        out: new folder for the predictions, as label-id PNGs.
        json_file: new file for the scores.
        show_dir: new folder for pictures of ground truth beside prediction, by mmseg's visualizer.
        tta: average over flips and scales, by the config's ``tta_pipeline``.
        at_network_size: predict and score at the config's ``network_size``, as the paper does,
            instead of the ground truth's size.
        format_submission: new zip file for the benchmark's server, instead of scores; needs no
            ground truth.
        fused: these three as for :func:`mmseg_wavemix.deployment.ready.make_ready`.
        dtype: see there.
        execution: see there.

    Returns:
        The metric's values.

    Raises:
        InputError: config, data or checkpoint do not fit together, or an output exists.
    """
    adapt_to_cpu(cfg)
    _drop_averages(cfg)
    _check_outputs(cfg, path, out, json_file, show_dir)
    if format_submission:
        if out or json_file or show_dir or at_network_size:
            raise InputError(
                '--format-submission writes an archive instead of scores: leave out --out, --json, '
                '--show-dir and --at-network-size'
            )
        _write_submission(cfg, format_submission)
    elif _is_official(cfg.test_evaluator):
        cfg.test_evaluator.pop('streaming', None)  # final numbers: the official code on files
    for key, value in (('output_dir', out), ('json_file', json_file)):
        if value is not None:
            cfg.test_evaluator[key] = str(value)
    if at_network_size:
        _stay_at_network_size(cfg, path, show_dir)
    if show_dir:
        cfg.default_hooks.visualization = dict(type='SegVisualizationHook', draw=True, interval=1)
        cfg.visualizer.update(save_dir=str(show_dir), vis_backends=[dict(type='LocalVisBackend')])
    init_default_scope(cfg.get('default_scope', 'mmseg'))
    if is_first_process(cfg.launcher):  # the others wait for it when the process group opens
        _check(cfg, path, checkpoint, labels=format_submission is None)
    cfg.load_from = str(local_file(checkpoint))
    if tta:
        cfg.test_dataloader.dataset.pipeline = cfg.tta_pipeline
        cfg.model = dict(**cfg.tta_model, module=cfg.model)
    allow_training_state()
    with gloo_without_cuda(cfg):
        with building(path):
            runner = Runner.from_cfg(cfg)
            # mmengine itself would build it when the test starts
            runner._test_loop = runner.build_test_loop(runner._test_loop)
        runner.register_hook(ReadyHook(fused, dtype, execution))
        with explained(Path(cfg.work_dir), training=False):
            return runner.test()


def _drop_averages(cfg: Config) -> None:
    """Leaves out EMAHook: it saves the averages as the weights, so that they are what is loaded.

    Here it would exchange them for a copy of the model, made before that was fused.
    """
    cfg.default_hooks = {
        name: hook for name, hook in cfg.get('default_hooks', {}).items() if not _is_average(hook)
    }
    cfg.custom_hooks = [hook for hook in cfg.get('custom_hooks', []) if not _is_average(hook)]


def _is_average(hook: object) -> bool:
    return isinstance(hook, dict) and hook.get('type') == 'EMAHook'


def _check_outputs(
    cfg: Config, path: Path, out: Path | None, json_file: Path | None, show_dir: Path | None
) -> None:
    check_place(Path(cfg.work_dir), path)
    for folder in (out, show_dir):
        if folder and folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise InputError(f'{folder} exists and is not an empty folder: name a new one')
    if out is not None or json_file is not None:
        _require_official_metric(cfg, path, '--out and --json need')
    check_new(json_file)
    if json_file:
        json_file.parent.mkdir(parents=True, exist_ok=True)


def _require_official_metric(cfg: Config, path: Path, wanted: str) -> None:
    if not _is_official(cfg.test_evaluator):
        raise InputError(
            f'{wanted} test_evaluator = dict(type="CityscapesOfficialMetric"), '
            f'config {path} has {cfg.test_evaluator}'
        )


def _is_official(evaluator: object) -> bool:
    return isinstance(evaluator, dict) and evaluator.get('type') == 'CityscapesOfficialMetric'


def _write_submission(cfg: Config, archive: Path) -> None:
    """Predictions into an archive, without looking for ground truth."""
    check_new(archive)
    cfg.test_evaluator = dict(type='CityscapesSubmission', archive=str(archive))
    dataset = cfg.test_dataloader.dataset
    if 'data_prefix' not in dataset:
        raise InputError(
            '--format-submission: test_dataloader.dataset has no data_prefix with img_path, its '
            f'type is {dataset.get("type")}: name one data set, without a wrapper'
        )
    dataset.data_prefix.pop('seg_map_path', None)
    dataset.pipeline = _without_labels(dataset.pipeline)
    if 'tta_pipeline' in cfg:
        *steps, augment = cfg.tta_pipeline
        transforms = [kept for part in augment.transforms if (kept := _without_labels(part))]
        cfg.tta_pipeline = [*steps, dict(augment, transforms=transforms)]


def _without_labels(steps: list[dict]) -> list[dict]:
    return [step for step in steps if step.get('type') != 'LoadAnnotations']


def _stay_at_network_size(cfg: Config, path: Path, show_dir: Path | None) -> None:
    """Predictions and their scores at the size that the pictures are resized to."""
    size = cfg.get('network_size')
    if size is None:
        raise InputError(
            f'--at-network-size: config {path} has no network_size = (height, width), its pictures '
            'go in at their own size: leave the option out, the scores are at that size'
        )
    resized = [
        tuple(step.scale)[::-1]
        for step in cfg.test_dataloader.dataset.pipeline
        if step.type == 'Resize' and 'scale' in step
    ]
    if not isinstance(size, (tuple, list)) or resized[-1:] != [tuple(size)]:
        raise InputError(
            f'--at-network-size: network_size is {size}, height and width, but the test pipeline '
            f'of config {path} resizes pictures to {resized[-1] if resized else "no size"}: make '
            'them alike'
        )
    if show_dir:
        raise InputError(
            '--show-dir draws on the pictures at their own size: leave out --at-network-size'
        )
    _require_official_metric(cfg, path, '--at-network-size needs')
    cfg.test_evaluator.network_size = size
    step = dict(type='PredictionSize', size=size)
    *steps, pack = cfg.test_dataloader.dataset.pipeline
    cfg.test_dataloader.dataset.pipeline = [*steps, step, pack]
    if 'tta_pipeline' in cfg:
        *steps, pack = cfg.tta_pipeline[-1].transforms
        cfg.tta_pipeline[-1].transforms = [*steps, [step], pack]


def _check(cfg: Config, path: Path, checkpoint: str | Path, labels: bool) -> None:
    with building(path):
        model = MODELS.build(cfg.model)
        check_model(model, cfg.model, training=False)
    check_weights(model, read_checkpoint(checkpoint), checkpoint)
    if labels:
        check_data(cfg, path, 'test', model.num_classes)
        return
    leaf = cfg.test_dataloader.dataset
    folder = Path(leaf.get('data_root') or '', leaf.data_prefix.get('img_path', ''))
    if not folder.is_dir():
        hint = cfg.get('data_hint', '')
        raise InputError(f'{folder} does not exist: the data set is not there.\n{hint}'.strip())
    with building(path):
        dataset = DATASETS.build(leaf)
        images = [dataset.get_data_info(i)['img_path'] for i in range(len(dataset))]
    classes = dataset.metainfo['classes']
    if len(classes) != model.num_classes:
        raise InputError(
            f'the data set has {len(classes)} classes, the model {model.num_classes}: '
            'set model.decode_head.num_classes'
        )
    check_images(images, cfg.get('data_hint', ''))
