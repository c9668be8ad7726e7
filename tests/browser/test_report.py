"""The report, in a real browser."""

from __future__ import annotations

import base64
import itertools
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tamis
from tests.browser.devtools import Browser, Tab, installed
from tests.conftest import photograph

#: Set where a browser must be there.
REQUIRED = "TAMIS_BROWSER_REQUIRED"
NAMES = [
    "<img src=x onerror=document.title='harm'>.png",
    '" onload="document.title=\'harm\'" .png',
    "</script><script>document.title='harm'</script>.png",
    "'-alert(1)-'.png",
    "folder/" + "long" * 58 + ".png",
    *(f"street/{number:02}.png" for number in range(45)),
]


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A Chromium."""
    executable = installed()
    if executable is None:
        assert REQUIRED not in os.environ, "there is no browser"
        pytest.skip("there is no Chromium")
    started = Browser(executable, tmp_path_factory.mktemp("profile"))
    yield started
    started.close()


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report of all that one can hold, with names that would do harm."""
    images: list[Any] = [photograph(number, (320, 240)) for number in range(len(NAMES))]
    objects = [[{"category_id": number % 3, "bbox": [20, 30, 150, 120], "score": 0.5}] for number in range(len(NAMES))]
    schema = {
        "task_type": "object-detection",
        "categories": [{"id": number, "name": name} for number, name in enumerate(["car", NAMES[0], "bus" * 40])],
    }
    rng = np.random.default_rng(0)
    dataset = (
        tamis.Dataset.from_images(NAMES, images)
        .with_metadata({"speed": rng.gamma(2, 10, len(NAMES)).tolist(), "sky": [NAMES[1], "rain"] * 25})
        .with_predictions("traffic", schema, objects)
    )
    config = {
        "n_samples": 12,
        "strategies": [
            {
                "input": {"type": "METADATA", "key": "speed"},
                "strategy": {"type": "THRESHOLD", "threshold": 5, "operation": "BIGGER"},
            },
            {"input": {"type": "EMBEDDINGS"}, "strategy": {"type": "DIVERSITY"}},
            {"input": {"type": "METADATA", "key": "sky"}, "strategy": {"type": "BALANCE", "target": {"rain": 0.9}}},
            {
                "input": {"type": "PREDICTIONS", "task": "traffic", "name": "CLASS_DISTRIBUTION"},
                "strategy": {"type": "BALANCE", "distribution": "UNIFORM"},
            },
        ],
    }
    selection = tamis.select(dataset, config, preselected=NAMES[6:9])
    target = tmp_path_factory.mktemp("report") / "report.html"
    selection.export("report", target)
    return target


@pytest.fixture(params=[(360, False), (1440, False), (1440, True)], ids=["phone", "desk", "dark"])
def tab(request: pytest.FixtureRequest, browser: Browser, page: Path) -> Tab:
    """The page on a phone and on a desk, there in the dark too."""
    width, dark = request.param
    return Tab(browser, page, width, dark=dark)


def view(tab: Tab) -> list[float]:
    """Scale and place of the map."""
    tab.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    return [float(value) for value in tab.evaluate("document.querySelector('.map').dataset.view").split()]


def test_nothing_is_said_and_nothing_is_loaded(tab: Tab) -> None:
    """No error, no warning, no request; and what is in a name is not run."""
    assert tab.said() == []
    assert tab.requests() == set()
    assert tab.evaluate("document.title").startswith("12 samples selected")


def test_its_policy_holds(tab: Tab) -> None:
    """Even a script of its own can't load a picture, or send anything away."""
    refused = tab.evaluate(
        "new Promise((done) => { const all = []; "
        "addEventListener('securitypolicyviolation', (event) => { all.push(event.effectiveDirective); "
        "if (all.length === 2) done(all.sort()); });"
        "new Image().src = 'https://example.invalid/a.png'; fetch('https://example.invalid/').catch(() => 0); })"
    )

    assert refused == ["connect-src", "img-src"]


def test_text_fits(tab: Tab) -> None:
    """The page is no wider than the window; what is wider than its place, such as a table, scrolls there."""
    assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
    over = tab.evaluate(
        """[...document.querySelectorAll('main *, h1, .where')].filter((each) => {
             if (each.closest('.scroll, .unseen, svg, canvas, .frame, [hidden], pre')) return false;
             const box = each.getBoundingClientRect();
             return box.width && (box.right > innerWidth + 0.5 || box.left < -0.5);
           }).map((each) => each.outerHTML.slice(0, 80))"""
    )

    assert over == []


def test_no_table_of_texts_scrolls(tab: Tab) -> None:
    """On a phone the cells of a row stand below each other, each with what it is."""
    tab.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
    wide = tab.evaluate(
        "[...document.querySelectorAll('.scroll:not(.bars, .panel *)')]"
        ".filter((each) => each.scrollWidth > each.clientWidth).map((each) => each.getAttribute('aria-label'))"
    )
    table = "document.querySelector('.scroll[aria-label^=\"What was asked\"]')"
    label = tab.evaluate(f"getComputedStyle({table}.querySelector('td:nth-child(5)'), '::before').content")

    assert wide == []
    assert label == ('"Reached"' if tab.evaluate("innerWidth < 500") else "none")


def test_text_can_be_read(tab: Tab) -> None:
    """Every text stands out from what is behind it by 4.5 to 1 at least, as WCAG 2 asks for."""
    weak = tab.evaluate(
        """(() => {
             const light = (rgb) => rgb.slice(0, 3).map((c) => c / 255)
               .map((c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
               .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
             const colour = (text) => text.match(/[\\d.]+/g).map(Number);
             const behind = (each) => {
               for (let at = each; at; at = at.parentElement) {
                 const found = colour(getComputedStyle(at).backgroundColor);
                 if (found.length < 4 || found[3] > 0) return found;
               }
             };
             const found = new Set();
             for (const each of document.querySelectorAll('body *')) {
               const texts = [...each.childNodes].filter((node) => node.nodeType === 3 && node.data.trim());
               if (each.closest('svg, canvas, script, [hidden]') || !texts.length) continue;
               const lights = [light(colour(getComputedStyle(each).color)), light(behind(each))];
               const [one, other] = lights.sort((a, b) => b - a);
               if ((one + 0.05) / (other + 0.05) < 4.5) found.add(each.outerHTML.slice(0, 80));
             }
             return [...found];
           })()"""
    )

    assert weak == []


def test_pictures_are_there_with_their_boxes(tab: Tab) -> None:
    """Each is decoded, and its box lies where the object is: 20/320 from the left, 30/240 from the top."""
    broken, off = tab.evaluate(
        """[[...document.images].filter((each) => !each.naturalWidth).length,
            [...document.querySelectorAll('#picks .frame')].map((frame) => {
              const image = frame.querySelector('img').getBoundingClientRect();
              const box = frame.querySelector('rect').getBoundingClientRect();
              const [x, y] = [(box.left - image.left) / image.width, (box.top - image.top) / image.height];
              return [x - 20 / 320, y - 30 / 240];
            }).flat().filter((far) => Math.abs(far) > 0.02).length]"""
    )

    assert (broken, off) == (0, 0)


def test_the_map_moves_and_zooms(tab: Tab) -> None:
    """With the mouse, the wheel and the keys; 0 shows all of it again."""
    tab.evaluate("document.querySelector('canvas').scrollIntoView({block: 'center'})")
    box = tab.evaluate(
        "(({x, y, width, height}) => [x, y, width, height])(document.querySelector('canvas').getBoundingClientRect())"
    )
    x, y = box[0] + box[2] / 2, box[1] + box[3] / 2
    start = view(tab)
    tab.mouse("mouseWheel", x, y, deltaX=0, deltaY=-400)
    zoomed = view(tab)
    tab.mouse("mousePressed", x, y, button="left", clickCount=1)
    tab.mouse("mouseMoved", x + 30, y + 20, button="left", buttons=1)
    tab.mouse("mouseReleased", x + 30, y + 20, button="left", clickCount=1)
    moved = view(tab)
    tab.evaluate("document.querySelector('canvas').focus()")
    tab.press("ArrowLeft")
    left = view(tab)
    tab.press("0")

    assert zoomed[0] == pytest.approx(start[0] * np.exp(0.6), rel=1e-3)
    assert moved == pytest.approx([zoomed[0], zoomed[1] + 30, zoomed[2] + 20], abs=0.02)
    assert left == pytest.approx([moved[0], moved[1] + 40, moved[2]], abs=0.02)
    assert view(tab) == start


def test_the_map_names_what_it_shows(tab: Tab) -> None:
    """Under the mouse with its picture, and from pick to pick with a key, which is said aloud."""
    tab.evaluate("document.querySelector('canvas').scrollIntoView({block: 'center'})")
    tab.evaluate("document.querySelector('canvas').focus()")
    tab.wait("document.querySelector('.map').dataset.view")
    tab.evaluate("new Promise((done) => setTimeout(done, 200))")
    seen = []
    for _ in range(12):
        tab.press("n")
        seen.append(tab.evaluate("document.querySelector('.said').textContent"))
    tip = tab.evaluate("[document.querySelector('.tip').textContent, document.querySelectorAll('.tip img').length]")

    assert seen[0].startswith("1 of 12: ")
    assert len(set(seen)) == 12
    assert all(each.endswith(" (selected)") or each.endswith(" (random, selected)") for each in seen)
    picked = set(tab.evaluate("[...document.querySelectorAll('#picks .name')].map((each) => each.title)"))
    assert {each.partition(": ")[2].rpartition(" (")[0] for each in seen} == picked
    assert tip == [seen[-1].partition(": ")[2], 1]
    tab.press("Escape")
    assert tab.evaluate("document.querySelector('.tip').hidden")


def test_sets_can_be_left_out_of_the_map(tab: Tab) -> None:
    """Their colour is gone then."""
    count = (
        "(() => { const c = document.querySelector('canvas'), context = c.getContext('2d'); let n = 0; "
        "const {data} = context.getImageData(0, 0, c.width, c.height); "
        "for (let i = 3; i < data.length; i += 4) n += data[i] > 0; return n; })()"
    )
    view(tab)
    before = tab.evaluate(count)
    for box in ("input", "selected", "random", "preselected"):
        tab.evaluate(f"document.querySelector('.choices input[value={box}]').click()")
        view(tab)
        after = tab.evaluate(count)
        assert after < before
        before = after
    assert before == 0


def test_picks_are_found_by_name(tab: Tab) -> None:
    """And what is not there is said."""
    shown = "[...document.querySelectorAll('#picks .card')].filter((each) => each.checkVisibility()).length"

    def find(text: str) -> None:
        wanted = json.dumps(text)
        tab.evaluate(
            f"(() => {{ const box = document.querySelector('#find'); box.value = {wanted}; "
            "box.dispatchEvent(new Event('input')); })()"
        )

    assert tab.evaluate(shown) == 12
    find("zzz")
    assert tab.evaluate(shown) == 0
    assert tab.evaluate("document.querySelector('#picks .nothing').checkVisibility()")
    find(tab.evaluate("document.querySelector('#picks .name').title.toUpperCase()"))
    assert tab.evaluate(shown) == 1


def test_boxes_and_reasons_can_be_switched(tab: Tab) -> None:
    """All at once."""
    tab.evaluate("document.querySelector('#boxes').click()")
    assert not tab.evaluate("document.querySelector('.boxes').checkVisibility()")
    tab.evaluate("document.querySelector('#unfold').click()")
    assert tab.evaluate("[...document.querySelectorAll('#picks details')].every((each) => each.open)")
    assert tab.evaluate("document.querySelector('#unfold').textContent") == "Fold the reasons"


def test_everything_can_be_reached_with_the_keyboard_and_has_a_name(tab: Tab) -> None:
    """As a screen reader has it: no picture, field, button or drawing without one, and headings in steps."""
    nodes = tab.call("Accessibility.getFullAXTree")["nodes"]
    roles = ("button", "checkbox", "searchbox", "link", "img", "image", "region", "application", "navigation", "table")
    nameless = [
        node
        for node in nodes
        if not node.get("ignored") and node["role"]["value"] in roles and not node.get("name", {}).get("value")
    ]
    levels = tab.evaluate("[...document.querySelectorAll('h1, h2, h3, h4')].map((each) => Number(each.tagName[1]))")

    assert nameless == []
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))
    assert levels[0] == 1
    assert levels.count(1) == 1


def test_it_prints_with_all_reasons(browser: Browser, page: Path) -> None:
    """What is folded is unfolded for the paper, and folded again."""
    tab = Tab(browser, page, 1440)
    every = "[...document.querySelectorAll('details')].every((each) => each.open)"
    tab.evaluate(f"addEventListener('beforeprint', () => {{ document.body.dataset.printed = {every}; }})")
    paper = base64.b64decode(tab.call("Page.printToPDF")["data"])

    assert paper.startswith(b"%PDF")
    assert tab.evaluate("document.body.dataset.printed") == "true"
    assert not tab.evaluate("[...document.querySelectorAll('details')].some((each) => each.open)")


def test_without_javascript_all_but_the_map_is_there(browser: Browser, page: Path) -> None:
    """Pictures, reasons to unfold and tables; no tool that would do nothing."""
    tab = Tab(browser, page, 1440)
    tab.call("Emulation.setScriptExecutionDisabled", value=True)
    tab.evaluate("document.title = 'before'")
    tab.call("Page.reload")
    for _ in range(200):
        if tab.evaluate("document.readyState === 'complete' && document.title !== 'before'"):
            break
        time.sleep(0.05)

    assert tab.evaluate("document.querySelectorAll('#picks .card').length") == 12
    assert not tab.evaluate("document.querySelector('.tools').checkVisibility()")
