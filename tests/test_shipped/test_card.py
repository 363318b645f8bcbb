"""The card says what the files say; its commands can be typed."""

import hashlib
import json
import re
import statistics
from pathlib import Path

import pytest

from mmseg_wavemix import shipped
from mmseg_wavemix.shipped import card
from mmseg_wavemix.shipped.files import FOLDER
from mmseg_wavemix.shipped.known import VAL, recorded_config, scores
from tests.conftest import REPOSITORY
from tests.test_docs.pages import LINK, blocks, commands
from tests.test_docs.test_commands import check

TEXT = shipped.CARD.read_text()
PROSE = ' '.join(TEXT.split())  # wherever its lines end
STORED = sorted(path.name for path in FOLDER.glob('scores_*.json'))


def test_tables_are_those_of_the_files() -> None:
    found = card.tables()
    assert {match[1] for match in card.BLOCK.finditer(TEXT)}
    assert [match[2] for match in card.BLOCK.finditer(TEXT)] == list(found)
    assert card.renewed(TEXT, found) == TEXT, 'run python -m mmseg_wavemix.shipped.card'
    assert card.renewed(TEXT.replace('| road |', '| path |'), found) == TEXT  # it would be seen


def test_help_writes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr('sys.argv', ['card', '--help'])
    monkeypatch.setattr(card, 'CARD', None)  # whatever is done with it fails
    with pytest.raises(SystemExit) as ended:
        card.main()
    assert ended.value.code == 0


def test_begun_from_other_weights_is_told() -> None:
    begun = recorded_config()['model']['init_cfg']['checkpoint']
    assert f'| begun from | {begun} |' in TEXT


def test_runs_are_told() -> None:
    """The one that made the weights, or all that they are the average of."""
    _, weights = shipped.shipped_model()
    told = json.loads(weights.with_suffix('.json').read_text())
    runs = told.get('averaged') or [told]
    for run in runs:
        assert f'configs/camvid/{run["config_name"]}.py' in TEXT
        assert f'seed {run["seed"]}' in TEXT
    assert told['config_name'] == runs[0]['config_name']  # whose rows the table has
    assert ('| average of |' in TEXT) == (len(runs) > 1)


def test_file_by_hand() -> None:
    """Without the code that wrote the table."""
    _, weights = shipped.shipped_model()
    digest = re.search(r'SHA-256 \| `([0-9a-f]{64})`', TEXT)[1]
    assert digest == hashlib.sha256(weights.read_bytes()).hexdigest()
    assert digest == json.loads(weights.with_suffix('.json').read_text())['sha256']
    assert f'| size | {weights.stat().st_size:,} bytes |' in TEXT
    assert TEXT.startswith(f'# Model card: {weights.stem}\n')


@pytest.mark.parametrize('name', STORED)
def test_scores_are_whole(name: str) -> None:
    """As the official script averages them; of the toolbox's classes and no others."""
    found = scores(name)
    iou = [row['IoU'] for row in found['classes'].values() if row['IoU'] is not None]
    assert len(found['classes']) == 19 and 10 <= len(iou) <= 11
    assert sum(iou) / len(iou) == pytest.approx(found['mIoU'])
    assert all(0 <= value <= 100 for value in iou)
    assert found['images'] == (1 if 'frame' in name else 101)
    assert name in (VAL, card.FLOAT32, *card.SIZES.values(), *card.FRAME.values())


def test_what_the_prose_says(shared_data: Path) -> None:
    val, float32 = scores(VAL), scores(card.FLOAT32)
    assert abs(val['mIoU'] - float32['mIoU']) < 0.05  # 'rounding costs nothing'
    for row, other in zip(val['classes'].values(), float32['classes'].values()):
        assert (row['IoU'] is None) == (other['IoU'] is None)
        assert row['IoU'] is None or abs(row['IoU'] - other['IoU']) < 0.1
    frames = {split: sorted((shared_data / 'camvid' / split).glob('*.jpg')) for split in
              ('train', 'val')}  # fmt: skip
    drives = [path.name.split('_')[0] for path in frames['train']]
    assert f'its {len(drives)} training frames' in TEXT and len(set(drives)) == 3
    assert f'{drives.count("0001TP")} of them at dusk' in TEXT
    (drive,) = {path.name.split('_')[0] for path in frames['val']}
    assert f'All {len(frames["val"])} frames are of one drive' in TEXT
    assert f'and {drives.count(drive)} of the training frames' in PROSE
    # numbers count pictures at 30 a second
    number = {split: [int(path.stem.split('_')[1]) for path in frames[split] if drive in path.name]
              for split in frames}  # fmt: skip
    first, last = number['val'][0], number['val'][-1]
    assert number['val'] == [first, *range(first + 2, last + 1, 2)]
    assert round((last - first) / 30) == 7 and 'every other one of seven seconds' in PROSE
    before = min(first - n for n in number['train'] if n < first) / 30
    after = min(n - last for n in number['train'] if n > last) / 30
    assert f'{before:.1f} seconds before and {after:.1f} after' in PROSE
    assert f'down to {shipped.largest_side()} pixels' in TEXT
    sizes = [scores(name)['mIoU'] for name in card.SIZES.values()]
    assert max(sizes) == sizes[1] and sizes[4] < sizes[3] - 10  # 'too large ... are lost'
    assert f'these frames score {sizes[1] - sizes[2]:.1f} points less' in TEXT
    truth = shared_data / 'cityscapes_frame' / 'gtFine' / 'val' / 'frankfurt'
    assert (truth / 'frankfurt_000000_000294_gtFine_labelIds.png').is_file()


def test_what_a_drive_held_out_costs() -> None:
    means = []
    for study in ('camvid_peers_180x240', 'camvid_unseen_180x240'):
        files = (REPOSITORY / 'docs/results' / study).glob('wavemix-64_11_l4_patch4-lr2e-3-*.json')
        found = [json.loads(file.read_text())['scores']['mIoU'] for file in files]
        means.append(statistics.mean(found))
    assert f'network has {means[0]:.1f} on `val` and {means[1]:.1f} on a drive held out' in PROSE


def test_commands_can_be_typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And name the scores that are stored."""
    monkeypatch.chdir(tmp_path)
    named = set()
    shell = [block for block in blocks(shipped.CARD) if block.language == 'sh']
    for block in shell:
        for command in commands(block.code):
            check(command, False, monkeypatch)
            config, weights, flag, name = command.arguments[:4]
            assert (Path(config).name, Path(weights).name, flag) == (
                *(Path(file).name for file in shipped.shipped_model()), '--json',
            )  # fmt: skip
            named.add(name)
            size = re.search(r'scale=\((\d+),(\d+)\)', ' '.join(command.arguments))
            if size:  # width and height, as mmcv has them
                assert name.endswith(f'_{size[2]}x{size[1]}.json')
    assert named <= set(STORED) and len(named) == 6


def test_links() -> None:
    for link in LINK.findall(TEXT):
        assert link.startswith('https://') or (FOLDER / link).is_file(), link


def test_facts_for_the_page() -> None:
    told, val = shipped.facts(), scores(VAL)
    assert f'{val["mIoU"]:.1f} on the 101 frames' in told['Scores']
    weak = [name for name, row in val['classes'].items() if (row['IoU'] or 100) < 40]
    assert weak and all(f'{name} {val["classes"][name]["IoU"]:.1f}' in told['Weak at']
                        for name in weak)  # fmt: skip
    assert 'research' in told['Licence'] and Path(told['Card']).name == 'card.md'
