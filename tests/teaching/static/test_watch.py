"""Watching one firm in a real browser: the clock, the stages, the stories, where two firms part."""

from typing import Any

import pytest

from experiments.teaching.states import state_from
from experiments.teaching.watch.replay import replay
from tests.helpers.browser import SMALL, answered, link, table

FIRST_WON = """(organisation) => import('/stage.js').then(({ arrange }) => {
  const { width, zones, unit } = arrange(organisation, document.querySelector('.panel canvas').clientWidth);
  return { x: width / 4 + 5, y: zones + 24 * unit };
})"""
"""Where the first deal won is drawn: in the second of four zones."""


def run_of(regime: str) -> dict[str, Any]:
    """The replay itself."""
    return replay(state_from(SMALL), regime, SMALL["seed"])


@pytest.fixture
def watching(page: Any, address: str) -> Any:
    """The page on which the small firm is watched, strict beside blended."""
    page.goto(address + link(SMALL))
    answered(page, SMALL["worlds"])
    page.click('nav a[href="#watch"]')
    page.locator("#customer option").first.wait_for(state="attached")
    for side, regime in (("left", "strict"), ("right", "blended")):
        page.select_option(f"#watch-{side}", regime)
        page.locator(".watch:not([aria-busy])").wait_for()
    return page


def settled(page: Any) -> None:
    """Wait until every mark on both stages stands still: two frames alike, one after the other."""
    page.evaluate(
        """async () => {
          const picture = () => [...document.querySelectorAll('.panel canvas')].map((canvas) => canvas.toDataURL()).join();
          const frame = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
          for (let before = ''; before !== picture();) { before = picture(); await frame(); }
        }"""
    )


def counted(run: dict[str, Any], hour: int) -> tuple[int, int, int]:
    """Won, lost and left up to an hour, read off the events."""
    ends = [(kind, result) for at, kind, _, _, _, result in run["events"] if at <= hour]
    return ends.count(("reply", "won")), ends.count(("reply", "lost")), sum(kind == "leave" for kind, _ in ends)


@pytest.mark.parametrize("hour", [0, 81, 300, 480])
def test_the_stages_show_the_hour(watching: Any, hour: int) -> None:
    watching.locator("#watch-hour").fill(str(hour))
    for panel, regime in zip(watching.locator(".counts").all(), ("strict", "blended"), strict=True):
        won, lost, left = counted(run_of(regime), hour)
        assert f"Won {won}, lost {lost}, left undecided {left}." in panel.inner_text()


def test_going_back_gives_the_same_picture(watching: Any) -> None:
    pictures = []
    for hour in (200, 320, 200):
        watching.locator("#watch-hour").fill(str(hour))
        settled(watching)
        pictures.append(watching.locator(".panel canvas").first.evaluate("canvas => canvas.toDataURL()"))
    assert pictures[0] == pictures[2]
    assert pictures[0] != pictures[1]


def test_inboxes_are_those_of_the_log(watching: Any) -> None:
    run = run_of("strict")
    counts = watching.evaluate(
        """([run, hours]) => import('/firm.js').then(({ Firm }) => {
          const firm = new Firm(run);
          return hours.map((hour) => {
            firm.go(hour);
            return run.inboxes.counts[0].map((_, who) => firm.waiting.get(who)?.length ?? 0);
          });
        })""",
        [run, [run["inboxes"]["every_hours"] * (i + 1) for i in range(len(run["inboxes"]["counts"]))]],
    )
    assert counts == run["inboxes"]["counts"]
    assert sum(map(sum, counts)) > 0


def test_play_moves_on_and_pause_stops(watching: Any) -> None:
    watching.select_option("#speed", "40")
    watching.click("#play")
    watching.locator(".clock", has_text="Week 2").wait_for()
    watching.click("#play")
    assert watching.locator("#play").inner_text() == "Play"
    hour = int(watching.locator("#watch-hour").input_value())
    watching.click("#step")
    watching.click("#step-day")
    assert int(watching.locator("#watch-hour").input_value()) == hour + 9


def test_the_story_is_told_on_both_sides_with_the_same_customer(watching: Any) -> None:
    strict, blended = run_of("strict"), run_of("blended")
    there = {case["customer"]: case for case in blended["cases"]}
    for case in strict["cases"][:3]:
        watching.select_option("#customer", case["customer"])
        stories = [story.locator("li").all_inner_texts() for story in watching.locator(".story").all()]
        assert stories == [case["story"], there[case["customer"]]["story"]]


def test_the_next_customer_who_fares_differently_and_where_ways_part(watching: Any) -> None:
    strict, blended = run_of("strict"), run_of("blended")
    there = {case["customer"]: case for case in blended["cases"]}
    parted = [case for case in strict["cases"] if there.get(case["customer"], {}).get("outcome") != case["outcome"]]
    assert len(parted) > 1
    first = watching.locator("#customer").input_value()
    watching.click("#next-parted")
    assert [first, watching.locator("#customer").input_value()] == [case["customer"] for case in parted[:2]]
    watching.click("#to-parting")
    hour = int(watching.locator("#watch-hour").input_value())
    case = parted[1]
    histories = [
        [event[:2] + event[3:] for event in run["events"] if event[2] == who]
        for run, who in ((strict, case["case"]), (blended, there[case["customer"]]["case"]))
    ]
    before = [[event for event in history if event[0] < hour] for history in histories]
    upto = [[event for event in history if event[0] <= hour] for history in histories]
    assert before[0] == before[1]
    assert upto[0] != upto[1]


def test_a_click_on_a_mark_tells_that_customers_story(watching: Any) -> None:
    run = run_of("strict")
    watching.locator("#watch-hour").fill("480")
    settled(watching)
    won = [number for _, kind, number, _, _, result in run["events"] if (kind, result) == ("reply", "won")]
    spot = watching.evaluate(FIRST_WON, run["organisation"])
    watching.locator(".panel canvas").first.click(position=spot)
    assert watching.locator("#customer").input_value() == run["cases"][won[0]]["customer"]


def test_it_opens_with_the_headlines_pair_where_ways_part(page: Any, address: str) -> None:
    page.goto(address + link(SMALL))
    answered(page, SMALL["worlds"])
    deals = {row[0]: float(row[1].replace(",", "")) for row in table(page, "deals")[1:]}
    decided = "No clear winner" not in page.locator(".headline").inner_text()
    first, second = sorted(deals, key=lambda regime: -deals[regime])[:2]
    page.click('nav a[href="#watch"]')
    page.locator("#customer option").first.wait_for(state="attached")
    other = "strict" if decided and first != "strict" else second
    assert {page.locator(f"#watch-{side}").input_value() for side in ("left", "right")} == {first, other}
    hour = int(page.locator("#watch-hour").input_value())
    assert hour > 0
    page.click("#to-parting")
    assert int(page.locator("#watch-hour").input_value()) == hour


def test_the_list_of_customers_gives_nothing_away(watching: Any) -> None:
    listed = watching.locator("#customer option").all_inner_texts()
    assert listed == [case["customer"] for case in run_of("strict")["cases"]]


def test_queues_are_drawn_on_one_scale(watching: Any) -> None:
    drawings = watching.locator(".queues svg")
    tops = [texts[1] for texts in (drawing.locator("text").all_text_contents() for drawing in drawings.all())]
    most = 0
    for regime in ("strict", "blended"):
        run = run_of(regime)
        staff = len(run["organisation"]["reps"])
        most = max(most, *(max(sum(counts[:staff]), sum(counts[staff:])) for counts in run["inboxes"]["counts"]))
    assert tops == [str(most)] * 2
    cursor = drawings.first.locator("line[stroke-dasharray]")
    before = cursor.get_attribute("x1")
    watching.click("#step-day")
    assert float(cursor.get_attribute("x1")) > float(before)


def test_too_large_a_firm_is_refused_in_words(page: Any, address: str) -> None:
    state = {**SMALL, "scenario": {**SMALL["scenario"], "organisation": {"reps": 60}}}
    page.goto(address + link(state))
    page.click('nav a[href="#watch"]')
    page.locator(".watch .fault", has_text="40 at most").wait_for()
