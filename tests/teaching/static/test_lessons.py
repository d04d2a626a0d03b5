"""Lessons in a real browser: the bet before the reveal, the numbers in the text, the class's bets."""

import random
import re
from html import unescape
from typing import Any

import pytest

from experiments.teaching.ensembles import compute
from experiments.teaching.lessons import Lesson, load_lessons, reveal
from experiments.teaching.states import state_from
from tests.helpers.browser import SMALL, answered

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


def bet(page: Any, address: str, lesson: Lesson, option: int) -> None:
    """Open a lesson, bet, and wait for the reveal."""
    page.goto(f"{address}#lessons/{lesson.id}")
    page.locator(".bet input").nth(option).check()
    page.click(".bet button")
    page.locator(".reveal .prose").first.wait_for()


def test_every_lesson_is_listed(page: Any, address: str) -> None:
    page.goto(address + "#lessons")
    page.locator(".lesson-list a").first.wait_for()
    assert page.locator(".lesson-list a").all_inner_texts() == [lesson.title for lesson in LESSONS.values()]


def test_nothing_is_revealed_before_the_bet_and_the_bet_stays(page: Any, address: str) -> None:
    quick(page)
    lesson = next(iter(LESSONS.values()))
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{address}#lessons/{lesson.id}")
    page.click(".bet button")  # without a choice
    assert page.locator(".reveal").is_hidden()
    assert not any("ensemble" in url for url in asked)
    page.locator(".bet input").nth(1).check()
    page.click(".bet button")
    page.locator(".reveal .prose").first.wait_for()
    assert page.locator(".bet input:not([disabled])").count() == 0
    assert lesson.bet.options[1].label in page.locator(".echo").inner_text()
    assert any("ensemble" in url for url in asked)


@pytest.mark.parametrize("name", LESSONS)
def test_the_text_says_what_the_ensemble_says(page: Any, address: str, name: str) -> None:
    lesson = LESSONS[name]
    quick(page)
    bet(page, address, lesson, 0)
    answered(page, WORLDS)
    state = {**lesson.state, "worlds": WORLDS, "scenario": SMALL["scenario"]}
    answer = compute(state_from(state), WORLDS)
    options = {option.id: option.label for option in lesson.bet.options}
    won = reveal.settled(list(options), lesson.bet.highest, answer["measures"][lesson.bet.measure])
    verdict = "You were right." if won == next(iter(options)) else options[won]
    assert verdict in page.locator(".echo").inner_text()
    expected = reveal.filled(reveal.html(lesson.reveal), options[won], answer["worlds"], answer["measures"])
    assert words(page.locator(".reveal .prose").first.inner_text()) == words(re.sub("<[^>]+>", " ", expected))
    assert "{" not in page.locator(".reveal").inner_text()


def words(text: str) -> list[str]:
    """What is read, whatever the mark-up; punctuation set off by mark-up belongs to the word before."""
    return re.sub(r"\s+([.,:;?!)])", r"\1", " ".join(unescape(text).split())).split()


def test_a_thing_to_try_opens_in_the_lab(page: Any, address: str) -> None:
    lesson = next(lesson for lesson in LESSONS.values() if lesson.trials and lesson.trials[0].state)
    quick(page)
    bet(page, address, lesson, 0)
    page.route("**/api/ensemble", lambda route: route.fulfill(status=409))  # no numbers are needed
    with page.expect_request("**/api/ensemble") as request:
        page.locator(".tries button").first.click()
    page.locator(".controls").wait_for()
    state = request.value.post_data_json["state"]
    for group, numbers in lesson.trials[0].state["scenario"].items():
        assert numbers.items() <= state["scenario"][group].items()
    assert state["regimes"] == lesson.trials[0].state["regimes"]


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
    bet(page, address, lesson, 1)
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
