"""The page about one run and about two, and what a user is told instead."""

import base64
import io
import json
import re
import runpy
import shutil
import sys
from html.parser import HTMLParser
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from cityscapesscripts.helpers.labels import labels
from PIL import Image

from mmseg_wavemix.errors import InputError
from mmseg_wavemix.report import read_run, write_report
from mmseg_wavemix.report.frames import model_on_meta
from mmseg_wavemix.report.gallery import WRONG

TOOL = Path(__file__).parents[2] / 'tools' / 'report.py'
VOID_TAGS = {'meta', 'link', 'img', 'br', 'hr', 'path', 'circle'}
INLINE = ('data:', '#')


class Page(HTMLParser):
    """Text, attributes and tables of a page; complains of tags that do not match."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict]] = []
        self.words: list[str] = []
        self.tables: list[list[list[str]]] = []
        self.feed(html)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag == 'table':
            self.tables.append([])
        if tag == 'tr':
            self.tables[-1].append([])
        if tag in ('td', 'th'):
            self.tables[-1][-1].append('')
        if tag not in VOID_TAGS:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID_TAGS:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if 'style' not in self.open:
            self.words.append(data)
        if 'td' in self.open or 'th' in self.open:
            self.tables[-1][-1][-1] += data.strip()

    @property
    def text(self) -> str:
        return ' '.join(' '.join(self.words).split())

    def table(self, corner: str) -> dict[str, list[str]]:
        """Rows of the table with such a first cell, by their first cell."""
        (found,) = [table for table in self.tables if table[0][0] == corner]
        return {row[0]: row[1:] for row in found[1:]}

    def attributes(self, tag: str, name: str) -> list[str]:
        return [attrs[name] for found, attrs in self.tags if found == tag and name in attrs]


def write(folder: Path, *work_dirs: Path, **options: object) -> Page:
    out = folder / 'page.html'
    write_report([read_run(work_dir) for work_dir in work_dirs], out, **options)
    return Page(out.read_text())


def run_tool(monkeypatch, *args: object) -> int | str | None:
    monkeypatch.setattr(sys, 'argv', [str(TOOL), *map(str, args)])
    try:
        runpy.run_path(str(TOOL), run_name='__main__')
    except SystemExit as end:
        return end.code
    return 0


def test_official_scores_are_on_the_page(tmp_path, work_dir):
    page = write(tmp_path, work_dir)
    scores = json.loads((work_dir / 'scores.json').read_text())
    rows = page.table('class')
    scored = {name: row for name, row in scores['classes'].items() if row['IoU'] is not None}
    assert rows.keys() == {*scored, 'average'} and len(scored) > 10
    for name, row in scored.items():
        assert rows[name][0] == f'{row["IoU"]:.2f}'
        assert rows[name][1] == ('–' if row['iIoU'] is None else f'{row["iIoU"]:.2f}')
    assert rows['average'][:2] == [f'{scores["mIoU"]:.2f}', f'{scores["iIoU"]:.2f}']
    assert page.table('category')['average'][0] == f'{scores["mIoU_category"]:.2f}'
    # all pixels within any distance are all pixels
    assert list(page.table('distance, pixels').values())[-1][-1] == f'{scores["mIoU"]:.2f}'
    assert 'scores.json' not in page.text  # they agree


def test_confusion_matrix_on_the_page_gives_the_official_iou(tmp_path, work_dir):
    page = write(tmp_path, work_dir)
    scores = json.loads((work_dir / 'scores.json').read_text())['classes']
    pixels = {}
    for title in page.attributes('td', 'title'):
        truth, predicted, number = re.fullmatch(
            r'(.+) as (.+): ([\d,]+) pixels, .*', title
        ).groups()
        pixels[truth, predicted] = int(number.replace(',', ''))
    for name in {truth for truth, _ in pixels}:
        row = sum(n for (truth, _), n in pixels.items() if truth == name)
        column = sum(n for (_, predicted), n in pixels.items() if predicted == name)
        hits = pixels[name, name]
        assert scores[name]['IoU'] == pytest.approx(100 * hits / (row + column - hits))


def test_it_opens_without_network(tmp_path, work_dir, other_work_dir):
    html_of = tmp_path / 'page.html'
    page = write(tmp_path, work_dir, other_work_dir)
    html = html_of.read_text()
    assert '://' not in html and 'url(' not in html and '@import' not in html
    for name in ('src', 'href', 'srcset', 'action', 'data'):
        for tag in {tag for tag, _ in page.tags}:
            assert all(value.startswith(INLINE) for value in page.attributes(tag, name))
    assert not {'script', 'iframe', 'object', 'embed', 'form'} & {tag for tag, _ in page.tags}
    assert "default-src 'none'" in html
    targets = {value[1:] for value in page.attributes('a', 'href')}
    assert targets <= {attrs.get('id') for _, attrs in page.tags}
    assert 'prefers-color-scheme: dark' in html and '@media print' in html


def test_pictures_are_those_of_the_best_and_the_worst(tmp_path, work_dir):
    page = write(tmp_path, work_dir, images=1)
    pictures = page.attributes('img', 'src')
    assert len(pictures) == 2 * 4
    for uri in pictures:
        image = Image.open(io.BytesIO(base64.b64decode(uri.split(',')[1])))
        assert image.format == 'JPEG' and image.size == (128, 64)
    assert page.text.index('Best images') < page.text.index('Worst images')
    errors = [
        np.asarray(Image.open(io.BytesIO(base64.b64decode(uri.split(',')[1])))).astype(int)
        for uri in pictures[3::4]
    ]
    red = [np.mean((image[..., 0] - image[..., 1]) > 100) for image in errors]
    assert 0 < red[0] < 0.5 and 0 < red[1] < 0.5


def test_errors_have_a_colour_of_their_own():
    """Far from that of every class, as CIE 1976 measures it."""

    def lab(color: tuple[int, int, int]) -> np.ndarray:
        return cv2.cvtColor(np.float32([[color]]) / 255, cv2.COLOR_RGB2LAB)[0, 0]

    colors = {label.name: label.color for label in labels if not label.ignoreInEval}
    for name, color in colors.items():
        assert np.linalg.norm(lab(color) - lab(WRONG)) > 30, name


def test_no_pictures(tmp_path, work_dir):
    page = write(tmp_path, work_dir, images=0)
    assert page.attributes('img', 'src') == [] and 'Best images' not in page.text


def test_card_tells_what_is_recorded_and_nothing_else(tmp_path, work_dir):
    run = read_run(work_dir)
    parameters = sum(p.numel() for p in model_on_meta(run).parameters())
    text = write(tmp_path, work_dir).text
    for expected in (
        f'Parameters {parameters:,}',
        'embed_dims 8, depth 1, level 1',
        'Seed 77',
        'Python 3.99.1',
        'Best mIoU while training 13.50 at epoch 2',
        'Peak memory of training 120 MB',
        'Time of all training steps about 2 s',
        'Optimizer AdamW',
        'Images 4',
        'not measured (--no-speed)',
        'SHA-256 of the training data not recorded',
        'Checkpoint of the run not recorded',
        'Checkpoint tested not recorded',
    ):
        assert expected in text, expected


def test_speed_is_measured(tmp_path, work_dir):
    text = write(tmp_path, work_dir, device=torch.device('cpu')).text
    assert 'Speed and memory here, 64x128' in text
    fps, steps, ms = re.search(
        r'second ([\d,.]+), one .*? of (\d+) steps: ([\d,.]+) ms', text
    ).groups()
    fps, ms = (float(number.replace(',', '')) for number in (fps, ms))
    assert fps * ms == pytest.approx(1000, rel=0.01) and int(steps) >= 3  # three digits each


def test_two_runs_side_by_side(tmp_path, work_dir, other_work_dir):
    page = write(tmp_path, work_dir, other_work_dir)
    scores = [json.loads((d / 'scores.json').read_text()) for d in (work_dir, other_work_dir)]
    rows = page.table('class')
    for name, (iou, other_iou, difference, *_) in rows.items():
        values = [s['mIoU'] if name == 'average' else s['classes'][name]['IoU'] for s in scores]
        assert [iou, other_iou] == [f'{value:.2f}' for value in values]
        gain = f'{values[1] - values[0]:+.2f}'
        assert difference == (gain if float(gain) else '0.00')
    assert scores[1]['mIoU'] > scores[0]['mIoU']
    head = next(table for table in page.tables if table[0][0] == 'class')[0]
    assert head[1:3] == ['IoU 1', 'IoU 2'] and 'iIoU 2' in head and 'Boundary IoU 1' in head
    means = page.table('mean over classes')  # told apart without colours
    assert list(means) == ['IoU 1', 'recall 1', 'IoU 2', 'recall 2']
    assert '1: first' in page.text and '2: second' in page.text
    lines = [a['class'] for tag, a in page.tags if tag == 'path' and 'line' in a.get('class', '')]
    assert lines.count('line run0') == lines.count('line run1') == 6
    assert 'second gains most' in page.text and 'second loses most' not in page.text
    assert 'Both runs have the same configuration' in page.text


def test_equal_runs_have_no_bars_of_difference(tmp_path, work_dir):
    again = tmp_path / 'again'
    shutil.copytree(work_dir, again)
    rows = write(tmp_path, work_dir, again).table('class')
    assert {row[2] for row in rows.values()} == {'0.00'}
    html = (tmp_path / 'page.html').read_text()
    assert html.count('<td class="swing">') > 20 and '<td class="swing"><i' not in html


def test_two_configs_are_compared(tmp_path, work_dir, other_work_dir):
    config = other_work_dir / 'small.py'
    config.write_text(config.read_text().replace('depth=1', 'depth=2'))
    page = write(tmp_path, work_dir, other_work_dir)
    assert 'depth=2' in page.text
    changed = [tag for tag, _ in page.tags if tag in ('ins', 'del')]
    assert changed.count('ins') == changed.count('del') == 2  # names of files, and one line


def test_runs_on_other_frames_are_not_mixed(tmp_path, work_dir, other_work_dir, scenes):
    part = tmp_path / 'part'
    shutil.copytree(scenes, part)
    for file in part.rglob('*val*/**/*_000000_*'):
        file.unlink()
    config = other_work_dir / 'small.py'
    config.write_text(config.read_text().replace(str(scenes), str(part)))
    for file in (other_work_dir / 'predictions').glob('*_000000_*'):
        file.unlink()
    text = write(tmp_path, work_dir, other_work_dir, images=1).text
    assert 'not scored on the same ground truth' in text
    assert 'Best images, first' in text and 'Best images, second' in text
    assert 'gains most' not in text
    assert 'second: scores.json tells mIoU' in text


def test_everything_is_escaped(tmp_path, work_dir):
    evil = tmp_path / '<script>alert(1)</script>'[:24]
    evil = tmp_path / '<script>x<img src=a>"\'&'
    shutil.copytree(work_dir, evil)
    config = evil / 'small.py'
    config.write_text(config.read_text() + '\n# </pre><script>alert(2)</script>\n')
    file = evil / '20260101_000000' / '20260101_000000.log'
    file.write_text('    Python: <script>alert(3)</script>\n    seed: <b>7</b>\n')
    page = write(tmp_path, evil, work_dir)
    tags = {tag for tag, _ in page.tags}
    assert 'script' not in tags and 'b' in tags
    assert not any(attrs.get('src') == 'a' for _, attrs in page.tags)
    for words in ('</pre><script>alert(2)</script>', '<script>alert(3)</script>', '<b>7</b>'):
        assert words in page.text
    assert evil.name in page.text


def test_a_class_named_like_a_tag_is_escaped():
    from mmseg_wavemix.report.svg import Series, line_chart

    chart = line_chart([Series('<script>', [(0, 1)])], '<a>', '<b>', '<i>', ['<u>'])
    assert not re.search(r'<(script|a|b|i|u)>', chart)
    assert '&lt;script&gt;' in chart and '&lt;u&gt;' in chart


def test_predictions_are_made_where_there_are_none(tmp_path, work_dir):
    """With the best checkpoint: its scores are those of the model, not of what lay there."""
    shutil.rmtree(work_dir / 'predictions')
    run = read_run(work_dir)
    torch.manual_seed(0)
    weights = {
        name: torch.rand(value.shape)
        if value.is_floating_point()
        else torch.zeros_like(value, device='cpu')
        for name, value in model_on_meta(run).state_dict().items()
    }
    for epoch in (9, 10):
        torch.save(
            dict(state_dict=weights, meta=dict(epoch=epoch)),
            work_dir / f'best_mIoU_epoch_{epoch}.pth',
        )
    before = sorted(work_dir.rglob('*'))
    page = write(tmp_path, work_dir)
    assert 'best_mIoU_epoch_10.pth, after epoch 10' in page.text
    assert 'Predictions made for this page' in page.text
    assert f'Checkpoint tested {work_dir}/best_mIoU_epoch_10.pth, for this page' in page.text
    stored = json.loads((work_dir / 'scores.json').read_text())['mIoU']
    assert float(page.table('class')['average'][0]) < stored / 2
    assert sorted(work_dir.rglob('*')) == before


def test_other_predictions_than_scored_are_told(tmp_path, work_dir):
    file = work_dir / 'scores.json'
    scores = json.loads(file.read_text())
    file.write_text(json.dumps({**scores, 'mIoU': 99.0}))
    text = write(tmp_path, work_dir).text
    assert (
        f'scores.json tells mIoU 99.00 over 4 images, the predictions give {scores["mIoU"]:.2f}'
        in text
    )


def test_a_damaged_checkpoint_is_a_remark(tmp_path, work_dir):
    (work_dir / 'best_mIoU_epoch_3.pth').write_bytes(b'no checkpoint')
    text = write(tmp_path, work_dir).text
    assert 'best_mIoU_epoch_3.pth cannot be read' in text and 'It is not used here' in text


def test_a_whole_checkpoint_stands_in_for_a_damaged_one(tmp_path, work_dir):
    """The best one is cut off: predictions are made with the newest that can be read."""
    shutil.rmtree(work_dir / 'predictions')
    state = model_on_meta(read_run(work_dir)).state_dict()
    weights = {name: torch.zeros(value.shape, dtype=value.dtype) for name, value in state.items()}
    for epoch in (1, 2):
        name = work_dir / f'epoch_{epoch}.pth'
        torch.save(dict(state_dict=weights, meta=dict(epoch=epoch)), name)
    whole = (work_dir / 'epoch_2.pth').read_bytes()
    (work_dir / 'best_mIoU_epoch_2.pth').write_bytes(whole[: len(whole) // 2])
    (work_dir / 'epoch_3.pth').write_bytes(whole[: len(whole) // 2])
    text = write(tmp_path, work_dir).text
    assert f'Checkpoint tested {work_dir}/epoch_2.pth, for this page' in text
    for name in ('best_mIoU_epoch_2.pth', 'epoch_3.pth'):
        assert re.search(rf'checkpoint \S+/{name} cannot be read [^\n]*It is not used here', text)


def test_a_killed_run_is_a_remark(tmp_path, work_dir):
    with open(work_dir / '20260101_000000' / 'vis_data' / 'scalars.json', 'a') as file:
        file.write('{"lr": 0.0')
    assert 'line 5 cannot be read and was left out' in write(tmp_path, work_dir).text


def remove_predictions(folder: Path) -> None:
    shutil.rmtree(folder / 'predictions')


def remove_run(folder: Path) -> None:
    shutil.rmtree(folder / '20260101_000000')


FAULTS = {
    'no folder': (shutil.rmtree, 'is no folder: give the work directory of a run'),
    'no config': (lambda folder: (folder / 'small.py').unlink(), 'holds no config (*.py)'),
    'two configs': (
        lambda folder: shutil.copy(folder / 'small.py', folder / 'large.py'),
        'holds 2 configs (large.py, small.py): name the one it was trained with by --config',
    ),
    'no run': (remove_run, 'holds neither */vis_data/scalars.json nor a checkpoint'),
    'no predictions': (remove_predictions, 'holds neither predictions nor a whole checkpoint'),
    'broken scores': (lambda folder: (folder / 'scores.json').write_text('{'), 'cannot be read'),
    'other scores': (lambda folder: (folder / 'scores.json').write_text('[]'), 'holds no scores'),
    'one prediction missing': (
        lambda folder: min((folder / 'predictions').iterdir()).unlink(),
        '1 of 4 ground truths have no prediction',
    ),
    'a prediction of another size': (
        lambda folder: Image.new('L', (9, 9)).save(min((folder / 'predictions').iterdir())),
        '1 of 4 predictions differ in height x width',
    ),
    'data gone': (
        lambda folder: (folder / 'small.py').write_text(
            re.sub(r"data_root='[^']*'", "data_root='nowhere'", (folder / 'small.py').read_text())
        ),
        'nowhere/leftImg8bit/val does not exist',
    ),
}


@pytest.mark.parametrize('fault', FAULTS)
def test_bad_input_gets_a_sentence(tmp_path, work_dir, monkeypatch, fault):
    damage, words = FAULTS[fault]
    damage(work_dir)
    out = tmp_path / 'page.html'
    ended = run_tool(monkeypatch, work_dir, '--out', out, '--no-speed')
    assert str(ended).startswith('error: ') and words in ended
    assert not out.exists()


def test_the_tool_writes_beside_the_run_and_never_twice(work_dir, monkeypatch, capsys):
    assert run_tool(monkeypatch, work_dir, '--no-speed', '--images', 1) == 0
    out = work_dir / 'report.html'
    assert capsys.readouterr().out == f'written: {out}\n'
    text = out.read_text()
    ended = run_tool(monkeypatch, work_dir, '--no-speed')
    assert 'exists and is not overwritten' in ended
    assert out.read_text() == text


@pytest.mark.parametrize(
    'options, words',
    [
        (['--predictions', 'a', 'b'], '--predictions: 2 given for 1 work directories'),
        (['--images', '-1'], '--images -1: 0 or more'),
        (['b', 'c'], '3 work directories: give one, or two'),
    ],
)
def test_options_that_do_not_fit(work_dir, monkeypatch, capsys, options, words):
    assert run_tool(monkeypatch, work_dir, *options) == 2
    assert words in capsys.readouterr().err


def test_named_predictions_are_taken(tmp_path, work_dir, other_work_dir):
    """Those of the other run, under this one's name."""
    run = read_run(work_dir, predictions=other_work_dir / 'predictions')
    write_report([run], tmp_path / 'page.html')
    scores = json.loads((other_work_dir / 'scores.json').read_text())
    page = Page((tmp_path / 'page.html').read_text())
    assert page.table('class')['average'][0] == f'{scores["mIoU"]:.2f}'
    with pytest.raises(InputError, match='is no folder: give that of test.py --out'):
        read_run(work_dir, predictions=tmp_path / 'nowhere')


def test_five_hundred_images_stay_small(tmp_path, work_dir):
    """What grows with the number of images is not on the page: its pictures are a fixed number,
    and none is wider than 480 pixels."""
    from mmseg_wavemix.report.gallery import data_uri

    noise = np.random.default_rng(0).integers(0, 256, (1024, 2048, 3), np.uint8)
    assert len(data_uri(noise)) < 150_000  # the worst case for JPEG; two runs have 4 * 4 * 6
    smooth = np.broadcast_to(np.arange(2048, dtype=np.uint8)[None, :, None], (1024, 2048, 3))
    image = Image.open(io.BytesIO(base64.b64decode(data_uri(smooth).split(',')[1])))
    assert image.size == (480, 240)
    write(tmp_path, work_dir)
    assert (tmp_path / 'page.html').stat().st_size < 500_000
