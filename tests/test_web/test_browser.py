"""The page in real headless Chromium, as a person uses it."""

import base64
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
from mmseg_wavemix.web.replies import FULL
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


def joins(page) -> list[str]:
    """Requests to the queue from now on."""
    asked: list[str] = []
    page.on('request', lambda r: asked.append(r.url) if r.url.endswith('join?') else None)
    return asked


def test_one_request_a_picture_and_one_message_a_refusal(page) -> None:
    """Where a picture takes another's place, too."""
    asked = joins(page)
    for index in (1, 2):
        give(page, encoded(street(index)), f'{index}.png')
        segmented(page)
        page.wait_for_timeout(500)
        assert len(asked) == index
    give(page, b'x' * 100, 'bad.png')
    toast = page.locator('.toast-body, [data-testid=toast-body]').first
    toast.wait_for()
    page.wait_for_timeout(500)
    assert len(asked) == 3
    told = page.locator('[data-testid=toast-text]').all_inner_texts()
    assert len(told) == 1 and told[0].startswith('This is no picture, or a damaged one')
    assert 'Not segmented' in toast.inner_text() and 'Error' not in toast.inner_text()
    playwright.expect(page.locator('#picture img')).to_have_count(0)  # no sign of a broken one
    assert 'Nothing segmented yet' in page.locator('#facts').inner_text()
    assert page.locator('#labels').is_disabled()


def test_a_full_queue_is_told_once_and_the_picture_stays(page) -> None:
    asked = joins(page)
    page.route(
        '**/queue/join*', lambda route: route.fulfill(status=429, json={'detail': FULL}), times=1
    )
    give(page, encoded(street()))
    page.get_by_text(FULL).wait_for()
    page.wait_for_timeout(500)
    assert page.locator('[data-testid=toast-text]').all_inner_texts() == [FULL]
    assert len(asked) == 1
    playwright.expect(page.locator('#picture img')).to_have_count(1)
    playwright.expect(page.locator('#facts')).to_contain_text('This picture is not segmented')
    page.locator('#segment').click()
    segmented(page)


def test_a_picture_can_be_removed(page) -> None:
    give(page, encoded(street()))
    segmented(page)
    asked = joins(page)
    page.get_by_role('button', name='Remove Image').click()
    playwright.expect(page.locator('#facts')).to_contain_text('Nothing segmented yet')
    playwright.expect(page.locator('#compared img')).to_have_count(0)
    assert page.locator('#labels').is_disabled() and page.locator('#shares').inner_text() == ''
    assert asked == []
    give(page, encoded(street(1)))
    segmented(page)


DROP = """async ([selector, text]) => {
    const file = new File([Uint8Array.from(atob(text), (c) => c.charCodeAt(0))], 'dropped.png',
        {type: 'image/png'});
    const carried = new DataTransfer();
    carried.items.add(file);
    const place = document.querySelector(selector);
    for (const kind of ['dragenter', 'dragover', 'drop'])
        place.dispatchEvent(new DragEvent(kind, {dataTransfer: carried, bubbles: true}));
}"""


def test_pictures_can_be_dropped(page) -> None:
    asked = joins(page)
    content = base64.b64encode(encoded(street(2))).decode()
    page.evaluate(DROP, ['#picture button[aria-dropeffect]', content])
    segmented(page)
    assert len(asked) == 1


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


CONTRASTS = """() => {
    const numbers = (color) => color.match(/[0-9.]+/g).map(Number);
    const over = ([r, g, b, a = 1], behind) => [r, g, b].map((v, i) => v * a + behind[i] * (1 - a));
    const light = (color) => {
        const [r, g, b] = color.map((v) => v / 255).map(
            (v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const found = [], words = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (words.nextNode()) {
        const text = words.currentNode.data.trim(), element = words.currentNode.parentElement;
        const seen = element.checkVisibility({opacityProperty: true, visibilityProperty: true});
        if (!text || !seen || element.closest('script, style, :disabled')) continue;
        let behind = [255, 255, 255], opacity = 1;
        const up = [];
        for (let e = element; e; e = e.parentElement) up.unshift(getComputedStyle(e));
        for (const style of up) {
            behind = over(numbers(style.backgroundColor), behind);
            opacity *= style.opacity;
        }
        const [r, g, b, a = 1] = numbers(getComputedStyle(element).color);
        const letters = over([r, g, b, a * opacity], behind);
        const [dark, bright] = [light(letters), light(behind)].sort((x, y) => x - y);
        found.push([(bright + 0.05) / (dark + 0.05), text, light(behind)]);
    }
    return found;
}"""


def test_letters_stand_out_by_day_and_night(browser, server: Server) -> None:
    """4.5 to 1 and more, as WCAG 2 (1.4.3) has it for small letters; and dark mode is kept to."""
    for scheme, dark in (('dark', True), ('light', False)):
        for page in visit(browser, server, color_scheme=scheme):
            give(page, encoded(street()))
            segmented(page)
            page.locator('#card-box > button').click()
            page.locator('#classes-box > button').click()
            page.locator('#card td').first.wait_for()
            found = page.evaluate(CONTRASTS)
            words = {text for _, text, _ in found}
            assert {'Original and overlay', '0', '1', 'Settings', 'Share of the pixels'} <= words
            faint = [(round(ratio, 2), text) for ratio, text, _ in found if ratio < 4.5]
            assert faint == [], (scheme, faint)
            (behind,) = (light for _, text, light in found if text.startswith('Drop a picture of'))
            assert (behind < 0.05) if dark else (behind > 0.8)


def test_labels_lie_beside_the_pictures(page) -> None:
    give(page, encoded(street(4, (192, 384))))
    segmented(page)
    for place in ('#picture', '#compared'):
        label = page.locator(f'{place} label').first.bounding_box()
        picture = page.locator(f'{place} img').first.bounding_box()
        assert label['height'] > 10 and picture['height'] > 60
        assert label['y'] + label['height'] <= picture['y'] + 1


def test_the_page_asks_nobody_else_even_where_it_could(browser, server: Server) -> None:
    """With the policy that forbids it left out: see :func:`visit`."""
    for page in visit(browser, server, bypass_csp=True):
        page.locator('#examples button').first.click()
        segmented(page)
        page.get_by_role('tab', name='Confidence').click()
        page.get_by_role('button', name='Settings').click()
        page.wait_for_timeout(500)
