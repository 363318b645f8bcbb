"""What is read of mmengine's logs."""

from pathlib import Path

from mmseg_wavemix.report.log import checkpoint_of_predictions, machine_facts

ENVIRONMENT = """2026/11/21 01:06:40 - mmengine - INFO -
System environment:
    sys.platform: linux
    Python: 3.11.7 (main)
    GPU 0,1: Some Card
    PyTorch: 2.13.0+cpu
    MMEngine: 0.10.12
    seed: 5
"""


def write(folder: Path, text: str) -> None:
    folder.mkdir(parents=True)
    (folder / f'{folder.name}.log').write_text(text)


def test_facts_of_the_first_session(tmp_path):
    write(tmp_path / '20260101_000000', ENVIRONMENT)
    write(tmp_path / '20260102_000000', ENVIRONMENT.replace('seed: 5', 'seed: 6'))
    facts = machine_facts(tmp_path)
    assert facts == {
        'sys.platform': 'linux',
        'Python': '3.11.7 (main)',
        'GPU 0,1': 'Some Card',
        'PyTorch': '2.13.0+cpu',
        'MMEngine': '0.10.12',
        'seed': '5',
    }
    assert machine_facts(tmp_path / 'nowhere') == {}


def test_checkpoint_of_just_these_predictions(tmp_path):
    """The latest test that wrote there, wherever the folder lies by now."""
    run = tmp_path / 'run'
    for day, name, checkpoint in (
        (1, 'predictions', 'a'),
        (2, 'predictions', 'b'),
        (3, 'tta', 'c'),
    ):
        text = f"output_dir='/elsewhere/run/{name}',\nx - Load checkpoint from {checkpoint}.pth\n"
        write(run / 'test' / f'2026010{day}_000000', text)
    assert checkpoint_of_predictions(run, run / 'predictions') == 'b.pth'
    assert checkpoint_of_predictions(run, run / 'tta') == 'c.pth'
    assert checkpoint_of_predictions(run, tmp_path / 'predictions') is None
