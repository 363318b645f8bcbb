"""The page in a real browser, as narrow as a phone."""

import os
import shutil
from pathlib import Path

import pytest

from mmseg_wavemix.report import read_run, write_report

playwright = pytest.importorskip(
    'playwright.sync_api', reason='no playwright: pip install -r tests/test_web/requirements.txt'
)
LONG = 'wavemix_64_6_l3_synthetic_with_a_name_that_does_not_end'


def test_two_runs_do_not_scroll_sideways(
    tmp_path: Path, work_dir: Path, other_work_dir: Path
) -> None:
    names = ('chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable')
    browser_path = next(filter(None, map(shutil.which, names)), None)
    if browser_path is None:
        pytest.skip('no Chromium: apt-get install -y --no-install-recommends chromium')
    long = work_dir.rename(work_dir.with_name(LONG))
    out = tmp_path / 'page.html'
    write_report([read_run(long), read_run(other_work_dir)], out, images=1)
    root = ['--no-sandbox'] if os.geteuid() == 0 else []
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=browser_path, args=root)
        page = browser.new_page(viewport=dict(width=375, height=800))
        page.goto(out.as_uri())
        width = page.evaluate('document.documentElement.scrollWidth')
        crossed = page.evaluate(CROSSED)
        browser.close()
    assert width == 375
    assert crossed == []


# texts of charts whose boxes meet
CROSSED = """() => [...document.querySelectorAll('svg')].flatMap(chart => {
    const texts = [...chart.querySelectorAll("text")]
        .map(t => [t.textContent, t.getBoundingClientRect()]);
    return texts.flatMap(([a, p], i) => texts.slice(i + 1).filter(([b, q]) =>
        p.left < q.right - 1 && q.left < p.right - 1 && p.top < q.bottom - 1 && q.top < p.bottom - 1
    ).map(([b]) => a + ' | ' + b));
})"""
