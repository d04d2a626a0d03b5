"""For everybody: keyboard alone, screen readers, small screens, large type, less motion; and the exported file."""

from pathlib import Path
from typing import Any

import pytest

from experiments.teaching.lessons import load_lessons
from experiments.teaching.one_file import export
from tests.helpers.browser import SMALL, answered, link, open_lab, slider, table

VIEWS = ("lab", "watch", "lessons", "lesson", "class")
WORLDS = 2  # in the exported file


def show(page: Any, address: str, view: str) -> None:
    """Bring a view to the state in which most of it can be seen."""
    if view == "lab":
        open_lab(page, address)
        for figure in ("deals", "action", "outcomes", "hours", "best"):
            table(page, figure)
        return
    open_small(page, address)
    if view == "watch":
        page.click('nav a[href="#watch"]')
        page.locator("#customer option").first.wait_for(state="attached")
        page.locator("#watch-hour").fill("200")
    elif view == "class":
        page.goto(address + "#class")
        page.fill("#codes", "00013 ABCDE")
        page.locator(".tally .fault").wait_for()
    else:
        page.goto(address + "#lessons")
        page.locator(".lesson-list a").first.wait_for()
        if view == "lesson":
            page.click(".lesson-list a >> nth=0")
            page.locator(".bet input").first.check()
            page.click(".bet button")
            page.click("#show-outcome")
            page.locator(".reveal .prose").first.wait_for()


def open_small(page: Any, address: str) -> None:
    """The small firm in the lab, and few worlds in lessons."""

    def fewer(route: Any) -> None:
        lesson = route.fetch().json()
        lesson["state"] |= {"worlds": 20, "scenario": SMALL["scenario"]}
        route.fulfill(json=lesson)

    page.route("**/api/lessons/*", fewer)
    page.goto(address + link(SMALL))


def broken_rules(page: Any) -> list[str]:
    """The rules of accessibility that axe-core checks and finds broken, each with the elements that break it."""
    from axe_playwright_python.sync_playwright import Axe  # only where there is a browser to use it in

    rules = Axe().run(page).response["violations"]
    return [f"{rule['id']}: {[node['target'] for node in rule['nodes']]}" for rule in rules]


@pytest.mark.parametrize("view", VIEWS)
def test_no_rule_of_accessibility_is_broken(page: Any, address: str, view: str) -> None:
    show(page, address, view)
    assert broken_rules(page) == []


def test_the_check_finds_what_is_broken(page: Any, address: str) -> None:
    page.goto(address + "#class")
    page.locator("#codes").wait_for()
    page.locator('label[for="codes"]').evaluate("label => label.remove()")
    assert "label" in [rule.partition(":")[0] for rule in broken_rules(page)]


@pytest.mark.parametrize("width", [360, 768])
@pytest.mark.parametrize("view", VIEWS)
def test_nothing_runs_over_the_edge_of_a_phone(page: Any, address: str, view: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 740})
    show(page, address, view)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    cut = page.locator(".figure svg text").evaluate_all(
        """texts => texts.filter((text) => {
          const [inner, outer] = [text.getBoundingClientRect(), text.ownerSVGElement.getBoundingClientRect()];
          return inner.left < outer.left - 1 || inner.right > outer.right + 1 || inner.bottom > outer.bottom + 1;
        }).map((text) => text.textContent)"""
    )
    assert cut == []
    sizes = page.locator(".figure svg text").evaluate_all(
        "texts => texts.map(text => parseFloat(getComputedStyle(text).fontSize))"
    )
    assert all(size >= 12 for size in sizes)


@pytest.mark.parametrize("width", [360, 700, 1280, 1920])
def test_no_text_of_a_chart_lies_on_another(page: Any, address: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    open_lab(page, address)
    overlaps = page.locator(".figure svg").evaluate_all(
        """drawings => drawings.flatMap((drawing) => {
          const texts = [...drawing.querySelectorAll('text')].map((text) => [text.textContent, text.getBoundingClientRect()]);
          const apart = (a, b) => a.right <= b.left || b.right <= a.left || a.bottom - 3 <= b.top || b.bottom - 3 <= a.top;
          const lines = [...drawing.querySelectorAll('line, polyline')].map((line) => ['a line', line.getBoundingClientRect()]);
          const others = (i) => [...texts.slice(i + 1), ...lines];
          return texts.flatMap(([one, a], i) => others(i).filter(([, b]) => !apart(a, b)).map(([two]) => [one, two]));
        })"""
    )
    assert overlaps == []


def focused(page: Any) -> str:
    """What has the focus, by id or text."""
    what: str = page.evaluate("document.activeElement.id || document.activeElement.textContent.trim()")
    return what


def tab_to(page: Any, wanted: str, most: int = 80) -> None:
    """Press Tab until something has the focus."""
    for _ in range(most):
        if focused(page) == wanted:
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not lead to {wanted}")


def test_the_keyboard_alone_suffices(page: Any, address: str) -> None:
    open_lab(page, address)
    before = page.locator('.card-action path[data-regime="strict"]').get_attribute("d")
    tab_to(page, "slider-market-variety")
    assert page.locator(".explain").inner_text().startswith("Variety of customers.")
    assert "solid" in page.evaluate("getComputedStyle(document.activeElement).outline")
    page.keyboard.press("ArrowRight")
    assert slider(page, "market.variety").input_value() == "0.725"
    page.wait_for_selector('.situation[aria-pressed="false"] >> nth=0')
    answered(page, 30)
    assert page.locator('.card-action path[data-regime="strict"]').get_attribute("d") != before
    tab_to(page, "Table and downloads: Deals won")
    page.keyboard.press("Enter")
    page.locator(".card-deals table").wait_for()
    lesson = load_lessons()[0]
    page.locator(".skip").focus()
    tab_to(page, "Lessons")
    page.keyboard.press("Enter")
    page.locator(".lesson-list a").first.wait_for()
    open_small(page, address)  # few worlds in lessons from here on
    page.goto(address + "#lessons")
    tab_to(page, lesson.title)
    page.keyboard.press("Enter")
    page.locator(".bet").wait_for()
    page.locator(".bet input").first.wait_for()
    while page.evaluate("document.activeElement.name") != "bet":
        page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    tab_to(page, "Lock my bet")
    page.keyboard.press("Enter")
    page.locator(".locked").wait_for()
    tab_to(page, "show-outcome")
    page.keyboard.press("Enter")
    page.locator(".reveal .prose").first.wait_for()
    assert lesson.bet.options[1].label in page.locator(".echo").inner_text()


def test_what_changes_is_read_out(page: Any, address: str) -> None:
    open_lab(page, address)
    headline = page.locator(".headline").inner_text()
    assert headline.endswith(".")
    page.locator('.board [role="status"]', has_text=headline).wait_for(state="attached")
    for figure in page.locator(".board .figure:not(.map) svg").all():
        assert figure.get_attribute("role") == "img"
        assert "Strict" in figure.get_attribute("aria-label")


def test_no_two_regimes_look_alike_without_colour(page: Any, address: str) -> None:
    state = {
        **SMALL,
        "regimes": {**SMALL["regimes"], "timid": {"base": "blended", "divert_below": 0.5}, "other": {"base": "lean"}},
    }
    open_lab(page, address, state)
    dashes = page.locator(".card-action path[data-regime]").evaluate_all(
        "lines => lines.map(line => line.getAttribute('stroke-dasharray'))"
    )
    assert len(dashes) == 6
    assert len(set(dashes)) == 6


def test_large_type_enlarges_the_charts_too(page: Any, address: str) -> None:
    open_lab(page, address)
    size = "text => parseFloat(getComputedStyle(text).fontSize)"
    text = page.locator(".card-deals svg text").first
    before = text.evaluate(size)
    page.click("#projector")
    page.locator('#projector[aria-pressed="true"]').wait_for()
    page.wait_for_selector(f'.card-deals svg[font-size="{0.8125 * 22}"]')
    assert text.evaluate(size) > 1.3 * before
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280


def test_less_motion_means_no_motion(chromium: Any, address: str) -> None:
    page = chromium.new_page(reduced_motion="reduce")
    page.goto(address + link(SMALL))
    page.click('nav a[href="#watch"]')
    page.locator("#customer option").first.wait_for(state="attached")
    pictures = page.evaluate(
        """async () => {
          const [slider, canvas] = [document.querySelector('#watch-hour'), document.querySelector('.panel canvas')];
          slider.value = 200;
          slider.dispatchEvent(new Event('input'));
          const at_once = canvas.toDataURL();
          for (let i = 0; i < 5; i++) await new Promise(requestAnimationFrame);
          return [at_once, canvas.toDataURL()];
        }"""
    )
    page.close()
    assert pictures[0] == pictures[1]


def test_the_exported_file_opens_from_disk(chromium: Any, tmp_path: Path) -> None:
    path = tmp_path / "class.html"
    export.export_class(path, WORLDS, {"market.variety": [0.1, 0.4], "market.ambiguity": [0.0, 0.5]}, lambda _: None)
    context = chromium.new_context(offline=True)
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    page.goto(path.as_uri())
    answered(page, WORLDS)
    before = table(page, "deals")
    slider(page, "market.variety").fill("0.1")
    page.locator('[data-situation="reference"][aria-pressed="false"]').wait_for()
    answered(page, WORLDS)
    assert table(page, "deals") != before
    lesson = load_lessons()[0]
    page.click('nav a[href="#lessons"]')
    page.click(f'.lesson-list a[href="#lessons/{lesson.id}"]')
    page.locator(".bet input").first.check()
    page.click(".bet button")
    page.click("#show-outcome")
    page.locator(".reveal .prose").first.wait_for()
    assert lesson.bet.options[0].label in page.locator(".echo").inner_text()
    assert page.locator(".tries button").count() == len(lesson.trials)
    page.locator(".tries button").first.click()  # as in the file: variety 0.1, ambiguity 0
    page.locator(f'.fineprint:has-text("{WORLDS} worlds")').first.wait_for()
    won = table(page, "deals")
    slider(page, "market.variety").fill("0.4")  # the same firms as in the file's grid, in another order
    page.wait_for_function("(before) => document.querySelector('.card-deals td').textContent !== before", arg=won[1][1])
    page.click(".task a")
    page.locator(".reveal .prose").first.wait_for()
    assert faults == []
    context.close()


def test_the_exported_file_has_no_dead_ends(chromium: Any, tmp_path: Path) -> None:
    path = tmp_path / "class.html"
    export.export_class(path, WORLDS, {"market.variety": [0.2, 0.4], "market.ambiguity": [0.5, 1.0]}, lambda _: None)
    page = chromium.new_page()
    page.goto(path.as_uri())
    lesson = next(lesson for lesson in load_lessons() if lesson.id == "punished")
    page.goto(f"{path.as_uri()}#lessons/{lesson.id}/outcome")
    page.locator(".reveal .prose").first.wait_for()
    page.locator(".tries button").first.click()
    page.locator(".task").wait_for()
    page.locator(f'.fineprint:has-text("{WORLDS} worlds")').first.wait_for()
    shown = page.locator(".headline").inner_text()
    slider(page, "market.variety").fill("0.4")
    page.locator(".lab .fault", has_text="This file cannot answer that").wait_for()
    assert "0.7" in page.locator(".slider", has_text="Variety of customers").inner_text()  # what the charts are about
    assert page.locator(".headline").inner_text() == shown
    page.click('nav a[href="#watch"]')
    page.locator(".watch .fault button").click()
    page.locator("#customer option").first.wait_for(state="attached")
    page.close()
