"""The page in real headless Chromium, as a person uses it."""

import io
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mmseg_wavemix.evaluation.label_ids import label_ids_of_classes
from mmseg_wavemix.inference import load_model, segment
from mmseg_wavemix.visualization import overlay
from tests.test_web.helpers import Server, encoded, street

playwright = pytest.importorskip(
    'playwright.sync_api', reason='no playwright: pip install -r tests/test_web/requirements.txt'
)
PHONE = {'width': 375, 'height': 812}


@pytest.fixture(scope='module')
def browser():
    names = ('chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable')
    path = next(filter(None, map(shutil.which, names)), None)
    if path is None:
        pytest.skip('no Chromium: apt-get install -y --no-install-recommends chromium')
    root = ['--no-sandbox'] if os.geteuid() == 0 else []
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=root)
        yield browser
        browser.close()


@pytest.fixture
def page(browser, server: Server) -> Iterator:
    """A fresh visitor on the page; no request may leave the machine, no script may fail."""
    yield from visit(browser, server)


def visit(browser, server: Server, **options: object) -> Iterator:
    context = browser.new_context(accept_downloads=True, **options)
    asked, failed = [], []
    context.on('request', lambda request: asked.append(request.url))
    page = context.new_page()
    page.on('pageerror', lambda error: failed.append(str(error)))
    page.on('console', lambda m: 'Content Security' in m.text and failed.append(m.text))
    page.goto(server.url)
    page.get_by_role('button', name='Segment').wait_for()
    yield page
    context.close()
    local = (f'{server.url}/', 'data:', 'blob:')
    assert asked and [url for url in asked if not url.startswith(local)] == []
    assert failed == []


def give(page, content: bytes, name: str = 'street.png', kind: str = 'image/png') -> None:
    page.locator('#picture input[type=file]').first.set_input_files(
        {'name': name, 'mimeType': kind, 'buffer': content}
    )


def segmented(page) -> None:
    page.locator('#facts', has_text='segmented in').wait_for(timeout=30_000)


def overlay_pixels(page) -> np.ndarray:
    """The overlay as the browser has it."""
    image = page.locator('#compared img').last
    url = image.get_attribute('src')
    return np.asarray(Image.open(io.BytesIO(page.request.get(url).body())).convert('RGB')).astype(
        int
    )


def settled(page, before: np.ndarray | None = None) -> np.ndarray:
    """The overlay once it differs from an earlier one."""
    for _ in range(100):
        now = overlay_pixels(page)
        if before is None or now.shape != before.shape or np.abs(now - before).max() > 8:
            return now
        page.wait_for_timeout(100)
    raise AssertionError('the overlay has not changed')


def test_opacity_changes_the_overlay_without_the_network(page) -> None:
    image = street(4, (192, 384))
    give(page, encoded(image))
    segmented(page)
    half = overlay_pixels(page)
    seconds = page.locator('#facts strong').first.inner_text()
    page.locator('#opacity input[type=range]').focus()
    page.keyboard.press('Home')
    none = settled(page, half)
    assert np.abs(none - image).mean() < 6  # the picture itself, but for compression
    assert np.abs(half - image).mean() > 15
    page.keyboard.press('End')
    full = settled(page, none)
    expected = (image + full) / 2
    assert np.abs(half - expected).mean() < 8
    assert page.locator('#facts strong').first.inner_text() == seconds  # of the one run


def test_classes_can_be_hidden(page) -> None:
    image = street(5, (192, 384))
    give(page, encoded(image))
    segmented(page)
    half = overlay_pixels(page)
    page.locator('#classes-box > button').click()
    boxes = page.locator('#classes label:has-text("o") input[type=checkbox]')
    every = page.locator('#classes input[type=checkbox]').first  # select all
    every.click()
    none = settled(page, half)
    assert np.abs(none - image).mean() < 6
    assert boxes.count() > 3
    assert page.locator('#shares .wm-faint').count() == page.locator('#shares tbody tr').count()


def test_download_of_label_ids_and_overlay(page, server: Server, tmp_path: Path) -> None:
    image = street(6)
    give(page, encoded(image), 'my street.png')
    segmented(page)
    model = load_model(*server.models[0], fused=True)
    class_map = segment(model, image[..., ::-1].copy())
    ids = label_ids_of_classes(model.dataset_meta['classes'])
    found = {}
    for name in ('labels', 'blend'):
        page.locator(f'#{name}:not([disabled])').wait_for()
        with page.expect_download() as download:
            page.locator(f'#{name}').click()
        path = tmp_path / download.value.suggested_filename
        download.value.save_as(path)
        found[path.name.split('_')[-1]] = np.asarray(Image.open(path))
    np.testing.assert_array_equal(found['labelIds.png'], ids[class_map])
    expected = overlay(image, class_map, model.dataset_meta['palette'], 0.5)
    np.testing.assert_array_equal(found['overlay.png'], expected)


def test_examples_and_models(page) -> None:
    page.locator('#examples button').first.click()
    segmented(page)
    assert 'small' in page.locator('#facts').inner_text()
    page.locator('#model input').click()
    page.get_by_role('option', name='large').click()
    page.locator('#facts', has_text='large').wait_for()
    page.locator('#card-box > button').click()
    assert 'large_run' in page.locator('#card').inner_text()
    shares = page.locator('#shares tbody tr td:last-child').all_inner_texts()
    total = sum(float(re.sub(r'[^0-9.]', '', share)) for share in shares)
    assert 99 < total < 101


@pytest.mark.parametrize(
    ('content', 'name', 'kind', 'sentence'),
    [
        (b'words', 'words.txt', 'text/plain', r'[Ii]nvalid file type'),
        (b'words', 'words.png', 'image/png', 'This is no picture'),
        (encoded(street())[:-2000], 'cut.png', 'image/png', 'This picture is damaged'),
        (encoded(np.zeros((1100, 2000, 3), np.uint8)), 'many.png', 'image/png', 'scale it down'),
        (bytes(4_000_000), 'large.png', 'image/png', r'(exceed|are the most|larger)'),
    ],
    ids=['text', 'disguised', 'cut', 'pixels', 'bytes'],
)
def test_refusals_are_sentences(page, content: bytes, name: str, kind: str, sentence: str) -> None:
    give(page, content, name, kind)
    told = page.get_by_text(re.compile(sentence)).last
    told.wait_for(timeout=10_000)
    assert 'Traceback' not in page.inner_text('body') and '/tmp' not in page.inner_text('body')
    give(page, encoded(street()))  # and the page goes on
    segmented(page)


FOCUS = """() => {
    const found = [];
    for (let e = document.activeElement; e && e !== document.body; e = e.parentElement)
        if (e.id) found.push(e.id);
    return found;
}"""


def test_keyboard(page) -> None:
    give(page, encoded(street()))
    segmented(page)
    reached = set()
    for _ in range(50):
        page.keyboard.press('Tab')
        reached.update(page.evaluate(FOCUS))
    wanted = {
        'picture', 'examples', 'model', 'opacity', 'segment', 'classes-box', 'compared', 'labels',
        'blend', 'card-box',
    }  # fmt: skip
    assert wanted <= reached, wanted - reached
    line = page.get_by_role('slider', name='Line between original and overlay')
    line.focus()
    middle = line.bounding_box()['x']
    page.keyboard.press('ArrowRight')
    page.keyboard.press('ArrowRight')
    page.wait_for_timeout(100)
    right = line.bounding_box()['x']
    page.keyboard.press('Home')
    page.wait_for_timeout(100)
    assert line.bounding_box()['x'] < middle < right
    assert line.get_attribute('aria-valuenow') == '0'


def test_a_phone_has_no_horizontal_scroll(browser, server: Server) -> None:
    for page in visit(browser, server, viewport=PHONE, is_mobile=True, has_touch=True):
        width = 'document.documentElement.scrollWidth'
        assert page.evaluate(width) <= PHONE['width']
        give(page, encoded(street()))
        segmented(page)
        playwright.expect(page.locator('#compared img').first).to_be_in_viewport()
        page.locator('#card-box > button').click()
        page.locator('#classes-box > button').click()
        page.wait_for_timeout(300)
        assert page.evaluate(width) <= PHONE['width']


def test_dark_mode_is_the_visitors(browser, server: Server) -> None:
    """Letters stand out against what is behind them."""
    color = """(name) => getComputedStyle(document.querySelector(name)).%s
        .match(/[0-9.]+/g).slice(0, 3).map(Number)"""
    for scheme, dark in (('dark', True), ('light', False)):
        for page in visit(browser, server, color_scheme=scheme):
            give(page, encoded(street()))
            segmented(page)
            behind = np.mean(page.evaluate(color % 'backgroundColor', 'body'))
            letters = [
                np.mean(page.evaluate(color % 'color', name))
                for name in ('#wm-head h1', '#wm-head p', '.wm-note', '.wm-shares th')
            ]
            assert (behind < 60) == dark
            assert min(abs(letter - behind) for letter in letters) > 80, (behind, letters)


def test_the_page_asks_nobody_else_even_where_it_could(browser, server: Server) -> None:
    """With the policy that forbids it left out: see :func:`visit`."""
    for page in visit(browser, server, bypass_csp=True):
        page.locator('#examples button').first.click()
        segmented(page)
        page.get_by_role('tab', name='Confidence').click()
        page.get_by_role('button', name='Settings').click()
        page.wait_for_timeout(500)
