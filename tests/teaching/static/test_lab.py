"""The lab page in a real browser: sliders, charts, links, files."""

import json
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import pytest

from experiments.design.config import load_experiment
from experiments.teaching.ensembles import compute
from experiments.teaching.market_map import market_map
from experiments.teaching.states import state_from
from simulation.run import ensemble
from tests.helpers.browser import SMALL, answered, link, open_lab, slider, state_in, table

FIGURES = ("deals", "action", "outcomes", "hours", "best")


def truth(state: dict[str, Any]) -> dict[str, Any]:
    """What the model says about a state."""
    return compute(state_from(state), state["worlds"])


def written(value: float | None) -> str:
    """A number as the page writes it in a table."""
    if value is None:
        return "–"
    size = abs(value)
    decimals = 0 if float(value).is_integer() else 3 if size < 1 else 0 if size >= 99.95 else 1 if size >= 9.995 else 2
    text = f"{size:,.{decimals}f}"
    return f"−{text}" if value < 0 and text.strip("0.,") else text


def test_the_page_shows_the_models_numbers(page: Any, address: str) -> None:
    open_lab(page, address)
    won = truth(SMALL)["measures"]["won"]
    rows = table(page, "deals")
    assert [row[0] for row in rows[1:]] == list(won)
    for regime, deals, low, high, difference, _, _, worlds_won, worlds in rows[1:]:
        numbers = won[regime]
        assert [deals, low, high] == [written(numbers[part]) for part in ("mean", "low", "high")]
        assert difference == written((numbers["difference"] or {"mean": None})["mean"])
        assert (int(worlds_won), int(worlds)) == (numbers["worlds_won"], SMALL["worlds"])


def test_a_drag_redraws_on_the_way_and_in_full_on_release(page: Any, address: str) -> None:
    open_lab(page, address)
    curve = page.locator('.card-action path[data-regime="strict"]')
    before = curve.get_attribute("d")
    box = slider(page, "market.variety").bounding_box()
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + 0.69 * box["width"], middle)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.3 * box["width"], middle, steps=4)
    answered(page, 25)  # a preview, with the button still held down
    assert curve.get_attribute("d") != before
    page.mouse.move(box["x"] + 0.1 * box["width"], middle, steps=4)
    page.mouse.up()
    answered(page, 30)
    state = state_in(page.url)
    assert state["scenario"]["market"]["variety"] < 0.2
    expected = truth(state)["measures"]["won"]
    assert [row[1] for row in table(page, "deals")[1:]] == [written(numbers["mean"]) for numbers in expected.values()]


def test_an_answer_that_comes_late_is_not_shown(page: Any, address: str) -> None:
    open_lab(page, address)
    held: list[Any] = []

    def hold_the_first(route: Any) -> None:
        if held:
            route.continue_()
        else:
            held.append(route)

    page.route("**/api/ensemble", hold_the_first)
    with page.expect_request("**/api/ensemble"):
        slider(page, "market.variety").fill("0.1")
    page.locator("#number-seed").fill("12345")
    page.locator("#number-seed").press("Enter")
    page.wait_for_selector('.fineprint:has-text("seeds 12345")')
    answered(page, 30)
    shown = table(page, "deals")
    held[0].continue_()
    page.wait_for_load_state("networkidle")
    assert table(page, "deals") == shown
    expected = truth(state_in(page.url))["measures"]["won"]
    assert [row[1] for row in shown[1:]] == [written(numbers["mean"]) for numbers in expected.values()]


def test_a_link_gives_the_same_numbers_again(page: Any, address: str, chromium: Any) -> None:
    open_lab(page, address)
    slider(page, "market.ambiguity").fill("0.9")
    slider(page, "regime.divert_below").fill("0.6")
    page.locator("#number-seed").fill("41")
    page.locator("#number-seed").press("Enter")
    page.wait_for_selector('.fineprint:has-text("seeds 41")')
    answered(page, 30)
    page.click("#share")
    page.wait_for_selector('.told:has-text("ink")')
    shared = state_in(page.url)
    assert (shared["seed"], shared["scenario"]["market"]["ambiguity"]) == (41, 0.9)
    assert shared["regimes"]["blended"] == {"divert_below": 0.6}
    assert shared["regimes"]["strict"] == {}
    other = chromium.new_page()
    other.goto(page.url)
    answered(other, 30)
    assert [table(other, figure) for figure in FIGURES] == [table(page, figure) for figure in FIGURES]
    assert slider(other, "regime.divert_below").input_value() == "0.6"
    assert other.locator("#notice").is_hidden()
    other.close()


@pytest.mark.parametrize(
    ("hash_part", "said"),
    [
        (link({**SMALL, "version": "0.0.1"}), "another version"),
        ("#s=bm90IGpzb24", "damaged"),
        (link({"version": "0.1.0"}), "damaged"),
    ],
)
def test_a_link_of_another_version_or_damaged_says_so(page: Any, address: str, hash_part: str, said: str) -> None:
    page.route("**/api/ensemble", lambda route: route.fulfill(status=409))  # no numbers are needed
    page.goto(address + hash_part)
    page.locator("#notice", has_text=said).wait_for()


def test_what_the_server_refuses_is_said(page: Any, address: str) -> None:
    state = json.loads(json.dumps(SMALL))
    state["scenario"]["organisation"]["span"] = 0.5
    page.goto(address + link(state))
    page.locator(".lab .fault", has_text="organisation.span").wait_for()


def test_the_downloaded_config_runs_and_gives_the_same_numbers(page: Any, address: str, tmp_path: Path) -> None:
    open_lab(page, address)
    with page.expect_download() as waiting:
        page.click("#download-toml")
    path = tmp_path / "lab.toml"
    waiting.value.save_as(path)
    experiment = load_experiment(path)
    runs = ensemble(experiment.scenario, experiment.regimes, experiment.seeds)
    means = runs.groupby("regime", observed=True)["won"].mean()
    shown = {row[0]: row[1] for row in table(page, "deals")[1:]}
    assert shown == {str(regime): written(mean) for regime, mean in means.items()}


def download(page: Any, figure: str, kind: str, folder: Path) -> Path:
    """A file from a card."""
    table(page, figure)
    with page.expect_download() as waiting:
        page.click(f'.card-{figure} [data-download="{kind}"]')
    path = folder / waiting.value.suggested_filename
    waiting.value.save_as(path)
    return path


@pytest.mark.parametrize("figure", FIGURES)
def test_figures_and_tables_can_be_taken_away(page: Any, address: str, tmp_path: Path, figure: str) -> None:
    open_lab(page, address)
    rows = download(page, figure, "CSV", tmp_path).read_text(encoding="utf-8").splitlines()
    shown = table(page, figure)
    assert rows[0].replace('"', "") == ",".join(shown[0])
    assert len(rows) >= len(shown)
    svg = ElementTree.parse(download(page, figure, "SVG", tmp_path)).getroot()
    assert svg.tag == "{http://www.w3.org/2000/svg}svg"
    assert page.locator(f".card-{figure} h2").inner_text() in "".join(svg.itertext())
    png = download(page, figure, "PNG", tmp_path).read_bytes()
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    assert int.from_bytes(png[16:20], "big") == 2 * int(float(svg.attrib["width"]))


def test_a_situation_sets_the_sliders_and_back(page: Any, address: str) -> None:
    open_lab(page, address)
    page.click('[data-situation="alike"]')
    page.wait_for_selector('[data-situation="alike"][aria-pressed="true"]')
    assert slider(page, "market.variety").input_value() == "0.1"
    answered(page, 30)
    slider(page, "market.variety").fill("0.5")
    page.wait_for_selector('[data-situation="alike"][aria-pressed="false"]')


HEADLINE = """async ([result]) => {
    const [{ headline }, { declarations }] = await Promise.all([import('/words.js'), import('/data.js')]);
    return headline(result, await declarations());
}"""


def board(strict: float, blended: float, low: float, high: float) -> dict[str, Any]:
    """An ensemble of two regimes, as far as a headline needs it."""
    difference = {"mean": blended - strict, "low": low, "high": high}
    won = {
        "strict": {"mean": strict, "difference": None, "worlds_won": 3},
        "blended": {"mean": blended, "difference": difference, "worlds_won": 97},
    }
    return {"worlds": 100, "baseline": "strict", "measures": {"won": won}}


@pytest.mark.parametrize(
    ("result", "said", "winner"),
    [
        (board(100, 488, 370, 400), "The blend wins most deals: +388 [+370, +400] against the strict process.", "blended"),
        (board(500, 488, -20, -4), "The strict process wins most deals; next comes the blend, −12 [−20, −4] deals.", "strict"),
        (board(487, 488, -20, 22), "No clear winner", None),
        (board(489, 488, -20, 18), "No clear winner", None),
        (board(0, 0, 0, 0), "Nobody wins a deal here.", None),
    ],
)
def test_the_headline_says_what_the_numbers_say(
    page: Any, address: str, result: dict[str, Any], said: str, winner: str | None
) -> None:
    page.goto(address + "#class")
    headline = page.evaluate(HEADLINE, [result])
    assert headline["text"].startswith(said)
    assert headline["winner"] == winner


def test_a_headline_names_a_winner_only_by_the_rule_that_judges_bets(page: Any, address: str) -> None:
    three = board(100, 125.5, 21, 30)
    difference = {"mean": 31.0, "low": 29.0, "high": 33.0}
    three["measures"]["won"]["lean"] = {"mean": 131.0, "difference": difference, "worlds_won": 60}
    page.goto(address + "#class")
    told = page.evaluate(HEADLINE, [three])
    said = "No clear winner: the lean process and the blend cannot be told apart (+31 [+29, +33] and +26 [+21, +30] deals"
    assert told["text"].startswith(said)
    assert (told["winner"], told["pair"]) == (None, ["blended", "lean"])
    difference["low"] = 30.5
    told = page.evaluate(HEADLINE, [three])
    said = "The lean process wins most deals: +31 [+31, +33] against the strict process; next comes the blend"
    assert told["text"].startswith(said)
    assert (told["winner"], told["pair"]) == ("lean", ["strict", "lean"])


def test_scales_stay_while_sliders_move_and_say_what_they_are(page: Any, address: str) -> None:
    open_lab(page, address)
    drawing = page.locator(".card-deals svg")
    bar = page.locator('.card-deals rect[data-regime="strict"]')
    per_deal = []
    for variety in ("0.9", "0.1"):
        slider(page, "market.variety").fill(variety)
        page.wait_for_url(lambda url, wanted=variety: state_in(url)["scenario"]["market"].get("variety") == float(wanted))
        answered(page, 30)
        mean = truth(state_in(page.url))["measures"]["won"]["strict"]["mean"]
        per_deal.append(float(bar.get_attribute("width")) / mean)
        assert "deals won" in drawing.text_content()
    assert per_deal[0] == pytest.approx(per_deal[1])


def test_the_map_says_where_the_lab_stands_and_a_click_goes_there(page: Any, address: str) -> None:
    page.route("**/api/ensemble", lambda route: route.fulfill(status=409))  # no numbers are needed
    page.goto(address)
    here = page.locator(".map .here")
    before = here.get_attribute("cx"), here.get_attribute("cy")
    page.locator('.map [data-place="7 6"]').click()
    page.locator('.situation[data-situation="reference"][aria-pressed="false"]').wait_for()
    assert (slider(page, "market.variety").input_value(), slider(page, "market.ambiguity").input_value()) == ("0.875", "0.75")
    assert (here.get_attribute("cx"), here.get_attribute("cy")) != before
    assert state_in(page.url)["scenario"]["market"] == {"variety": 0.875, "ambiguity": 0.75}
    told = market_map()
    at = told["axes"][1]["values"].index(1.0) + len(told["axes"][1]["values"]) * told["axes"][0]["values"].index(0.5)
    assert page.locator('.map [data-place="7 6"]').get_attribute("data-winners") == told["pages"][at][7][6]
    assert told["date"] in page.locator(".card-map").inner_text()


def test_steps_are_undone_and_done_again(page: Any, address: str) -> None:
    open_lab(page, address)
    slider(page, "market.variety").fill("0.3")
    slider(page, "organisation.hearsay").fill("0.8")
    page.click("#undo")
    assert (slider(page, "market.variety").input_value(), slider(page, "organisation.hearsay").input_value()) == ("0.3", "0.5")
    page.keyboard.press("Control+z")
    assert slider(page, "market.variety").input_value() == "0.7"
    page.click("#redo")
    page.keyboard.press("Control+Shift+Z")
    assert state_in(page.url)["scenario"]["organisation"]["hearsay"] == 0.8
    assert page.locator("#redo").is_disabled()
    slider(page, "market.variety").fill("0.5")
    page.reload()
    page.click("#undo")
    assert slider(page, "market.variety").input_value() == "0.3"


def test_the_state_survives_watching_going_back_and_a_reload(page: Any, address: str) -> None:
    open_lab(page, address)
    slider(page, "market.variety").fill("0.3")
    answered(page, 30)
    page.click('nav a[href="#watch"]')
    page.locator("#customer option").first.wait_for(state="attached")
    page.reload()
    page.locator("#customer option").first.wait_for(state="attached")
    page.click('nav a[href="#lab"]')
    answered(page, 30)
    assert slider(page, "market.variety").input_value() == "0.3"
    page.click('nav a[href="#lessons"]')
    page.locator(".lesson-list").wait_for()
    page.go_back()
    answered(page, 30)
    assert slider(page, "market.variety").input_value() == "0.3"


def test_a_manager_s_reading_is_chosen_for_all_who_have_one(page: Any, address: str) -> None:
    open_lab(page, address)
    choice = page.locator('[data-key="regime.advice"]')
    choice.select_option("adds")
    assert {name: regime.get("advice") for name, regime in state_in(page.url)["regimes"].items()} == {
        "strict": "adds", "cluster": None, "blended": None, "lean": None,
    }
    choice.select_option("")
    assert "advice" not in state_in(page.url)["regimes"]["strict"]


def test_nothing_moves_while_the_page_is_being_filled(page: Any, address: str) -> None:
    page.add_init_script(
        """window.shifted = 0;
        new PerformanceObserver((list) => list.getEntries().forEach((entry) => { window.shifted += entry.value; }))
          .observe({ type: 'layout-shift', buffered: true });"""
    )
    open_lab(page, address)
    assert page.evaluate("window.shifted") < 0.05


def test_what_is_refused_does_not_stand_over_charts_of_something_else(page: Any, address: str) -> None:
    open_lab(page, address)
    refusal = {"faults": [{"key": "", "problem": "cannot be answered"}]}
    page.route("**/api/ensemble", lambda route: route.fulfill(status=422, json=refusal))
    slider(page, "market.variety").fill("0.3")
    page.locator(".lab .fault", has_text="cannot be answered").wait_for()
    assert slider(page, "market.variety").input_value() == "0.7"
    assert state_in(page.url)["scenario"]["market"]["variety"] == 0.7


def test_a_pinned_setting_is_drawn_beside_on_the_same_scale(page: Any, address: str) -> None:
    open_lab(page, address)
    page.click("#pin")
    outline = page.locator('.card-deals rect[data-pinned="strict"]')
    outline.wait_for()
    pinned = truth(SMALL)["measures"]["won"]["strict"]["mean"]
    slider(page, "market.variety").fill("0.1")
    page.wait_for_url(lambda url: state_in(url)["scenario"]["market"]["variety"] == 0.1)
    answered(page, 30)
    here = truth(state_in(page.url))["measures"]["won"]["strict"]["mean"]
    bars = [page.locator(f'.card-deals rect[data-{kind}="strict"]') for kind in ("pinned", "regime")]
    widths = [float(bar.get_attribute("width")) for bar in bars]
    assert widths[0] / pinned == pytest.approx(widths[1] / here)
    assert "Variety of customers 0.7 → 0.1" in page.locator(".beside").inner_text()
    page.reload()
    outline.wait_for()
    assert float(outline.get_attribute("width")) == pytest.approx(widths[0])
    page.click("#to-a")
    assert slider(page, "market.variety").input_value() == "0.7"
    assert "the same as A" in page.locator(".beside").inner_text()
    page.click("#pin")
    assert page.locator(".beside").is_hidden()
    assert page.locator("[data-pinned]").count() == 0
