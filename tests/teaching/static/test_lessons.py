"""Lessons in a real browser: the bet before the reveal, the numbers in the text, the class's bets."""

import random
import re
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from experiments.teaching.ensembles import compute
from experiments.teaching.lessons import Lesson, load_lessons, reveal
from experiments.teaching.states import state_from
from tests.helpers.browser import SMALL, slider

LESSONS = {lesson.id: lesson for lesson in load_lessons()}
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


WORLDS = 21  # means of whole numbers over 21 worlds are never halfway between two decimals


def quick(page: Any) -> None:
    """Let every lesson be about a small firm in few worlds: the text is what is tested, not what the model says."""

    def smaller(route: Any) -> None:
        lesson = route.fetch().json()
        if isinstance(lesson, dict):
            lesson["state"] |= {"worlds": WORLDS, "scenario": SMALL["scenario"]}
        route.fulfill(json=lesson)

    page.route("**/api/lessons/*", smaller)


def lock(page: Any, address: str, lesson: Lesson, option: int) -> None:
    """Open a lesson and lock a bet."""
    page.goto(f"{address}#lessons/{lesson.id}")
    page.locator(".bet input").nth(option).check()
    page.click(".bet button")
    page.locator(".locked").wait_for()


def bet(page: Any, address: str, lesson: Lesson, option: int) -> None:
    """Open a lesson, bet, and wait for the reveal."""
    lock(page, address, lesson, option)
    page.click("#show-outcome")
    page.locator(".reveal .prose").first.wait_for()


def test_every_lesson_is_listed(page: Any, address: str) -> None:
    page.goto(address + "#lessons")
    page.locator(".lesson-list a").first.wait_for()
    assert page.locator(".lesson-list a").all_inner_texts() == [lesson.title for lesson in LESSONS.values()]


def test_first_the_bet_then_the_code_then_the_wait_then_the_outcome(page: Any, address: str) -> None:
    quick(page)
    lesson = next(iter(LESSONS.values()))
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{address}#lessons/{lesson.id}")
    page.click(".bet button")  # without a choice
    assert page.locator(".waiting").is_hidden()
    page.locator(".bet input").nth(1).check()
    page.click(".bet button")
    page.fill("#pupil-number", "17")
    assert page.locator(".code").inner_text() == code_of(lesson.number, 1, 17)
    assert page.locator(".bet input:not([disabled])").count() == 0
    assert page.locator(".reveal").is_hidden()
    assert not any("ensemble" in url for url in asked)
    page.click("#show-outcome")
    page.locator(".reveal .prose").first.wait_for()
    assert lesson.bet.options[1].label in page.locator(".echo").inner_text()
    assert any("ensemble" in url for url in asked)


def test_a_reload_gives_no_second_bet_in_any_phase_and_keeps_code_and_outcome(page: Any, address: str) -> None:
    quick(page)
    lesson = next(iter(LESSONS.values()))
    lock(page, address, lesson, 1)
    page.fill("#pupil-number", "17")
    page.reload()
    page.locator(".locked").wait_for()
    assert page.locator(".bet input:not([disabled])").count() == 0
    assert page.locator(".bet input").nth(1).is_checked()
    assert page.locator(".code").inner_text() == code_of(lesson.number, 1, 17)
    assert page.locator(".reveal").is_hidden()
    page.click("#show-outcome")
    page.locator(".reveal .prose").first.wait_for()
    said = page.locator(".echo").inner_text()
    page.reload()
    page.locator(".reveal .prose").first.wait_for()
    assert page.locator(".echo").inner_text() == said
    page.goto(address + "#lessons")
    assert "done" in page.locator(".lesson-list li").first.inner_text()


@pytest.mark.parametrize(("width", "height"), [(1366, 768), (360, 740)])
def test_the_outcome_is_in_view_and_about_the_bets_own_measure(page: Any, address: str, width: int, height: int) -> None:
    quick(page)
    page.set_viewport_size({"width": width, "height": height})
    lesson = LESSONS["paralysis"]
    bet(page, address, lesson, 0)
    for part in (".echo", ".outcome"):
        box = page.locator(part).bounding_box()
        assert 0 <= box["y"] < box["y"] + box["height"] <= height
    outcome = page.locator(".outcome").inner_text()
    assert outcome.startswith("Left with no action ever")
    assert page.locator(".reveal .card h2").first.inner_text() == "Left with no action ever"
    assert "deals" not in page.locator(".echo").inner_text() + outcome
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_regimes_of_lessons_go_by_labels(page: Any, address: str) -> None:
    quick(page)
    lesson = LESSONS["lean-or-blend"]
    bet(page, address, lesson, 0)
    page.locator(".all-figures > summary").click()
    page.locator(".card-deals svg").wait_for()
    shown = page.locator(".reveal").inner_text() + " ".join(page.locator(".reveal svg text").all_text_contents())
    assert all(label in shown for label in lesson.labels.values())
    assert not re.search(r"blended.lean", shown)


def test_a_teacher_shows_the_outcome_without_a_bet(page: Any, address: str) -> None:
    quick(page)
    lesson = next(iter(LESSONS.values()))
    page.goto(f"{address}#lessons/{lesson.id}/outcome")
    page.locator(".reveal .prose").first.wait_for()
    assert page.locator(".echo").inner_text().startswith("It was: “")
    assert "You" not in page.locator(".echo").inner_text()


@pytest.mark.parametrize("name", LESSONS)
def test_the_text_says_what_the_ensemble_says(page: Any, address: str, name: str) -> None:
    lesson = LESSONS[name]
    quick(page)
    bet(page, address, lesson, 0)
    state = {**lesson.state, "worlds": WORLDS, "scenario": SMALL["scenario"]}
    answer = compute(state_from(state), WORLDS)
    options = {option.id: option.label for option in lesson.bet.options}
    won = reveal.settled(list(options), lesson.bet.highest, answer["measures"][lesson.bet.measure])
    said = page.locator(".echo").inner_text()
    assert said.startswith(f"It was: “{options[won]}”.")
    assert ("You were right." in said) == (won == next(iter(options)))
    expected = reveal.filled(reveal.html(lesson.reveal), options[won], answer["worlds"], answer["measures"])
    assert words(page.locator(".reveal .prose").first.inner_text()) == words(re.sub("<[^>]+>", " ", expected))
    assert "{" not in page.locator(".reveal").inner_text()


def words(text: str) -> list[str]:
    """What is read, whatever the mark-up; punctuation set off by mark-up belongs to the word before."""
    return re.sub(r"\s+([.,:;?!)])", r"\1", " ".join(unescape(text).split())).split()


def test_a_thing_to_try_opens_in_the_lab_with_its_task_and_a_way_back(page: Any, address: str) -> None:
    lesson = next(lesson for lesson in LESSONS.values() if lesson.trials and lesson.trials[0].state)
    quick(page)
    bet(page, address, lesson, 0)
    said = page.locator(".echo").inner_text()
    page.route("**/api/ensemble", lambda route: route.fulfill(status=409))  # no numbers are needed
    with page.expect_request("**/api/ensemble") as request:
        page.locator(".tries button").first.click()
    page.locator(".controls").wait_for()
    state = request.value.post_data_json["state"]
    for group, numbers in lesson.trials[0].state["scenario"].items():
        assert numbers.items() <= state["scenario"][group].items()
    assert state["regimes"] == lesson.trials[0].state["regimes"]
    assert lesson.trials[0].text.split("(")[0].strip()[:40] in page.locator(".task").inner_text()
    slider(page, "market.variety").fill("0.9")
    page.reload()
    assert lesson.title in page.locator(".task").inner_text()
    assert slider(page, "market.variety").input_value() == "0.9"
    page.unroute("**/api/ensemble")
    page.click(".task a")
    page.locator(".reveal .prose").first.wait_for()
    assert page.locator(".echo").inner_text() == said
    assert page.locator(".bet input").first.is_checked()


def code_of(lesson: int, option: int, pupil: int) -> str:
    """A class code, written anew from its description."""
    bits = f"{lesson:06b}{option:04b}{pupil:010b}"
    groups = [int(bits[i : i + 5], 2) for i in range(0, 20, 5)]
    check = sum(place * group for place, group in enumerate(groups, 1)) % 31
    return "".join(ALPHABET[group] for group in [*groups, check])


def test_codes_are_as_described_and_find_slips(page: Any, address: str) -> None:
    page.goto(address + "#class")
    lots = random.Random(5)
    bets = [
        {"lesson": lots.randrange(64), "option": lots.randrange(16), "pupil": lots.randrange(1024)} for _ in range(200)
    ]
    ask = "(call) => import('/bets.js').then((bets) => call[1].map((each) => bets[call[0]](each)))"
    codes = page.evaluate(ask, ["toCode", bets])
    assert codes == [code_of(**each) for each in bets]
    assert page.evaluate(ask, ["fromCode", codes]) == bets
    sloppy = [code.lower().replace("0", "o").replace("1", "l") for code in codes]
    assert page.evaluate(ask, ["fromCode", sloppy]) == bets
    # One letter wrong, or two neighbours swapped. 0 and Z cannot be told apart by a checksum modulo 31.
    slips = {
        slip
        for code in codes[:20]
        for i in range(5)
        for letter in ALPHABET
        if (slip := code[:i] + letter + code[i + 1 :]) != code and {letter, code[i]} != {"0", "Z"}
    }
    swaps = {code[:i] + code[i + 1] + code[i] + code[i + 2 :] for code in codes for i in range(3)} - set(codes)
    swaps = {swap for swap in swaps if not ("0" in swap and "Z" in swap)}
    assert len(slips) > 1000
    assert len(swaps) > 100
    assert set(map(str, page.evaluate(ask, ["fromCode", sorted(slips | swaps)]))) == {"None"}


def test_the_class_bets_are_added_up(page: Any, address: str) -> None:
    lesson = next(iter(LESSONS.values()))
    quick(page)
    lock(page, address, lesson, 1)
    page.fill("#pupil-number", "17")
    code = page.locator(".code").inner_text()
    assert code == code_of(lesson.number, 1, 17)
    page.goto(address + "#class")
    others = [code_of(lesson.number, 0, 3), code_of(lesson.number, 1, 3), code_of(lesson.number, 2, 900)]
    page.fill("#codes", f"{code.lower()}, {' '.join(others)}\nABCDE")
    page.locator(".tally table").wait_for()
    counts = page.locator(".tally td:nth-child(2)").all_inner_texts()
    assert [int(count) for count in counts][:3] == [0, 2, 1]  # of pupil 3 the last bet counts
    assert "ABCDE" in page.locator(".tally .fault").inner_text()
    assert lesson.title in page.locator(".tally").inner_text()
    page.reload()
    page.locator(".tally table").wait_for()
    assert code.lower() in page.locator("#codes").input_value()
    page.locator(".tally a").click()
    page.locator(".reveal .prose").first.wait_for()
    assert lesson.bet.options[1].label in page.locator(".echo").inner_text()


def test_a_new_class_begins_with_nothing(page: Any, address: str) -> None:
    lesson = next(iter(LESSONS.values()))
    lock(page, address, lesson, 1)
    page.goto(address + "#class")
    page.fill("#codes", code_of(lesson.number, 1, 3))
    with page.expect_navigation():
        page.click("#forget")
    assert page.locator("#codes").input_value() == ""
    page.goto(f"{address}#lessons/{lesson.id}")
    page.locator(".bet input:not([disabled])").first.wait_for()
    assert page.locator(".waiting").is_hidden()


def test_the_code_in_the_guide_is_one_that_the_page_makes_and_takes(page: Any, address: str) -> None:
    guide = (Path(__file__).parents[3] / "docs" / "teaching.md").read_text(encoding="utf-8")
    lesson = next(iter(LESSONS.values()))
    (code,) = re.findall(r"`([0-9A-HJKMNP-TV-Z]{5})`", guide)
    assert code == code_of(lesson.number, 1, 17)
    lock(page, address, lesson, 1)
    page.fill("#pupil-number", "17")
    assert page.locator(".code").inner_text() == code
    page.goto(address + "#class")
    page.fill("#codes", code)
    page.locator(".tally table").wait_for()
    assert page.locator(".tally .fault").count() == 0
    assert lesson.title in page.locator(".tally").inner_text()


@pytest.mark.parametrize("name", LESSONS)
def test_a_handout_has_the_lesson_without_its_outcome_on_two_sheets(page: Any, address: str, name: str) -> None:
    lesson = LESSONS[name]
    page.goto(f"{address}#lessons/{name}/handout")
    page.locator(".handout").wait_for()
    said = page.locator(".handout").inner_text()
    wanted = [lesson.title, lesson.bet.question, *(option.label for option in lesson.bet.options)]
    assert all(text in said for text in wanted)
    assert all(trial.text.partition("*")[0][:60].rstrip() in said for trial in lesson.trials)
    assert "{" not in said
    pages = page.pdf(format="A4").count(b"/Type /Page\n")
    assert pages == 2
    page.emulate_media(media="print")
    assert page.locator("#print").is_hidden()
    assert page.locator("header").is_hidden()
