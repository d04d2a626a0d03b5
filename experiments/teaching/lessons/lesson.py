"""Guided lessons: Markdown files with a TOML front matter, checked as a whole. How to write one: docs/teaching.md.

A lesson names the same keys as an experiment config, is settled by an ensemble run when the bets are in, and says under
`expect` what must come out of it, so that its text can be checked against the model (`experiments.teaching.lessons.evidence`).
"""

import math
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from experiments.claims.ledger import CONFIGS, load_ledger
from experiments.design.values import Whole, list_of, one_of, table_of, whole_number
from experiments.teaching.lessons import reveal
from experiments.teaching.states import LAB_HORIZON
from simulation import __version__
from simulation.loading import Fault, InputError, clashes, nearest, regimes_from, scenario_from
from simulation.measures import NAMES
from simulation.parameters import Regime, Scenario, plain

FOLDER: Final = Path(__file__).parent
KEYS: Final = ("number", "title", "minutes", "claim", "experiment", "bet", "labels", "state", "expect", "try")
SECTIONS: Final = ("Situation", "Reveal", "Notice", "Debrief")
EXPERIMENTS: Final = tuple(sorted(path.stem for path in CONFIGS.glob("*.toml")))
NUMBER: Final = Whole(None, 0, 63)  # six bits of a class code
MINUTES: Final = Whole(None, 5, 60)
SEED: Final = Whole(1, 0, 10**15)
WORLDS: Final = Whole(100, 20, 400)
OPTIONS: Final = (3, 5)  # as many as a class can keep in mind
REGIMES: Final = (2, 6)  # as many as can be told apart in a chart
_FILE: Final = re.compile(r"\+\+\+[ \t]*\n(?P<front>.*?\n)\+\+\+[ \t]*(?:\n(?P<body>.*))?", re.DOTALL)
_REGIME: Final = re.compile(r"[A-Za-z]\w*")  # what a placeholder can name


class Option(NamedTuple):
    """Something to bet on."""

    id: str  # a regime of the lesson's state, or "undecided"
    label: str


class Bet(NamedTuple):
    """What the class bets on: which of the regimes named by the options has the highest (or lowest) mean."""

    question: str
    measure: str
    highest: bool
    options: tuple[Option, ...]


class Expectation(NamedTuple):
    """What a lesson's text relies on: a mean, or a difference between means paired by seed, beyond a threshold."""

    measure: str
    regime: str
    minus: str  # the other regime; "" = the regime's own mean
    threshold: float  # in units of the measure
    above: bool  # the side


class Trial(NamedTuple):
    """Something to try after the reveal."""

    text: str
    state: Mapping[str, Any]  # the lesson's with the trial's changes, or empty if there is nothing to set
    expect: tuple[Expectation, ...]


class Lesson(NamedTuple):
    """One lesson. Texts are Markdown; those of reveal and notice hold placeholders (`experiments.teaching.lessons.reveal`)."""

    id: str  # the file's name without its ending
    number: int  # what stands for the lesson in class codes
    title: str
    minutes: int
    claim: str  # in experiments/claims.toml
    experiment: str  # in experiments/configs: where the same is to be seen over many cells
    bet: Bet
    labels: Mapping[str, str]  # what regimes that are no presets are called on the page, by name
    state: Mapping[str, Any]  # as in a share link: version, seed, worlds, scenario, regimes; the first regime is the baseline
    expect: tuple[Expectation, ...]
    situation: str
    reveal: str
    notice: tuple[str, ...]
    trials: tuple[Trial, ...]
    debrief: str


def load_lessons(folder: Path = FOLDER) -> tuple[Lesson, ...]:
    """All lessons of a folder by number. Raises InputError with all faults of all files at once."""
    claims = tuple(claim.name for claim in load_ledger().claims)
    lessons: dict[int, Lesson] = {}
    faults: list[Fault] = []
    for path in sorted(folder.glob("*.md")):
        found: list[Fault] = []
        lesson = _lesson(path, claims, found)
        numbered = lesson is not None and not any(fault.key == ".number" for fault in found)
        if lesson and numbered and (other := lessons.setdefault(lesson.number, lesson)) is not lesson:
            found.append(Fault("number", f"{lesson.number} is that of {other.id}.md; choose another"))
        faults += [Fault(f"{path.name}: {key.lstrip('.')}".removesuffix(": "), problem) for key, problem in found]
    if not lessons and not faults:
        faults.append(Fault("", "there is no lesson here; a lesson is a file that ends in .md"))
    if faults:
        raise InputError(str(folder), list(dict.fromkeys(faults)))
    return tuple(lesson for _, lesson in sorted(lessons.items()))


def lesson_json(lesson: Lesson) -> dict[str, Any]:
    """The lesson as the page receives it. Placeholders are in it as they are: the page fills them from the ensemble."""
    bet = lesson.bet
    return {
        **listed(lesson),
        "situation_html": reveal.html(lesson.situation),
        "bet": {"question": bet.question, "options": [option._asdict() for option in bet.options]},
        "labels": lesson.labels,
        "state": lesson.state,
        "measure": bet.measure,
        "settled": "highest" if bet.highest else "lowest",
        "reveal_html": reveal.html(lesson.reveal),
        "notice": list(lesson.notice),
        "try": [
            {"text": trial.text, "state": trial.state} if trial.state else {"text": trial.text}
            for trial in lesson.trials
        ],
        "debrief_html": reveal.html(lesson.debrief),
    }


def listed(lesson: Lesson) -> dict[str, Any]:
    """The lesson's line in a list of lessons."""
    return {name: getattr(lesson, name) for name in ("id", "number", "title", "minutes", "claim", "experiment")}


def inputs(state: Mapping[str, Any]) -> tuple[Scenario, dict[str, Regime]]:
    """The scenario and the regimes of a checked state."""
    faults: list[Fault] = []
    return scenario_from(state["scenario"], "scenario", faults), regimes_from(state["regimes"], "regimes", faults)


def _lesson(path: Path, claims: tuple[str, ...], faults: list[Fault]) -> Lesson | None:
    """The lesson in a file; None if the file cannot be taken apart."""
    parts = _front_and_body(path, faults)
    if parts is None:
        return None
    front, sections = table_of(parts[0], "", KEYS, faults), _sections(parts[1], faults)
    state = _state(front.get("state", {}), "state", faults)
    regimes = tuple(state["regimes"])
    notice = _items(sections["Notice"])
    faults += _text_faults(sections, regimes)
    return Lesson(
        id=path.stem,
        number=whole_number(front, "number", "", NUMBER, faults),
        title=_text(front, "title", "", faults),
        minutes=whole_number(front, "minutes", "", MINUTES, faults),
        claim=_one_of(front, "claim", claims, "a claim of the ledger", faults),
        experiment=_one_of(front, "experiment", EXPERIMENTS, "an experiment", faults),
        bet=_bet(front.get("bet", {}), regimes, faults),
        labels=_labels(front.get("labels", {}), regimes, faults),
        state=state,
        expect=_expectations(front.get("expect", []), "expect", regimes, faults),
        situation=sections["Situation"],
        reveal=sections["Reveal"],
        notice=notice,
        trials=tuple(_trials(front.get("try", []), front.get("state", {}), faults)),
        debrief=sections["Debrief"],
    )


def _front_and_body(path: Path, faults: list[Fault]) -> tuple[dict[str, Any], str] | None:
    """The keys at the start of a file, and the text after them."""
    try:
        text = path.read_text(encoding="utf-8-sig").replace("\r\n", "\n")
    except (OSError, UnicodeDecodeError) as error:
        faults.append(Fault("", f"cannot be read: {error}"))
        return None
    match = _FILE.fullmatch(text)
    if match is None:
        faults.append(Fault("", "must begin with a line +++, then keys, then another line +++, then the text"))
        return None
    try:
        # One line more, so that the line numbers in messages are those of the file.
        return tomllib.loads("\n" + match["front"]), match["body"] or ""
    except (ValueError, RecursionError) as error:
        faults.append(Fault("", f"what stands between the lines +++ is not valid TOML: {error}"))
        return None


def _sections(body: str, faults: list[Fault]) -> dict[str, str]:
    """The text under each heading of the second level; what is missing is noted, and empty."""
    before, *parts = re.split(r"^## +(.+?) *$", body, flags=re.MULTILINE)
    if before.strip():
        faults.append(Fault("", f"text before the first heading: {before.strip()[:40]!r}; put it under '## {SECTIONS[0]}'"))
    sections = dict.fromkeys(SECTIONS, "")
    for name, text in zip(parts[::2], parts[1::2], strict=True):
        if name not in SECTIONS:
            faults.append(Fault(f"## {name}", f"unknown section{nearest(name, SECTIONS)}"))
        elif sections[name]:
            faults.append(Fault(f"## {name}", "is there twice"))
        else:
            sections[name] = text.strip()
    for name, text in sections.items():
        if not text:
            faults.append(Fault(f"## {name}", "is missing or empty"))
    return sections


def _items(text: str) -> tuple[str, ...]:
    """The points of a list in Markdown, each as one line."""
    points = re.split(r"^[-*] +", text, flags=re.MULTILINE)
    return tuple(" ".join(point.split()) for point in points if point.strip())


def _text_faults(sections: Mapping[str, str], regimes: tuple[str, ...]) -> Iterator[Fault]:
    """Placeholders must be known, and stand where there are numbers for them; outcomes must not be written as numbers."""
    for name in ("Situation", "Debrief"):
        for placeholder in reveal.placeholders(sections[name]):
            yield Fault(f"## {name}", f"{{{placeholder}}}: placeholders belong in Reveal and Notice, after the bets")
    for name in ("Reveal", "Notice"):
        text = sections[name]
        yield from (Fault(f"## {name}", problem) for problem in reveal.placeholder_faults(text, regimes))
        if digits := re.search(r"\d[\d.,]*", reveal.PLACEHOLDER.sub("", text)):
            hint = "outcomes come from the ensemble: use a placeholder such as {won.strict}, or a word"
            yield Fault(f"## {name}", f"{digits[0]!r}: {hint}")


def _text(table: Mapping[str, Any], name: str, prefix: str, faults: list[Fault]) -> str:
    """A text that must be there and say something."""
    value = table.get(name)
    if isinstance(value, str) and value.strip():
        return value.strip()
    said = f"must be a text in quotation marks, not {value!r}" if name in table else "is missing"
    faults.append(Fault(f"{prefix}{name}", said))
    return ""


def _one_of(table: Mapping[str, Any], name: str, known: tuple[str, ...], what: str, faults: list[Fault]) -> str:
    one_of(table.get(name), known, name, what, faults)
    return str(table.get(name))


def _state(data: Any, key: str, faults: list[Fault]) -> dict[str, Any]:
    """A state with everything that it leaves out but for the numbers of the reference firm."""
    table = table_of(data, key, ("seed", "worlds", "scenario", "regimes"), faults)
    given = _merged({"horizon": plain(LAB_HORIZON)}, table.get("scenario", {}))
    scenario = scenario_from(given, f"{key}.scenario", faults)
    regimes = regimes_from(table.get("regimes", {}), f"{key}.regimes", faults)
    faults += clashes(f"{key}.scenario", faults, scenario)
    for name in regimes:
        if not _REGIME.fullmatch(name):
            rule = "must be a name of letters, digits and _, so that a placeholder can name it"
            faults.append(Fault(f"{key}.regimes.{name}", rule))
    low, high = REGIMES
    if not low <= len(regimes) <= high:
        faults.append(Fault(f"{key}.regimes", f"there are {len(regimes)}; allowed are {low} to {high}"))
    return {
        "version": __version__,
        "seed": whole_number(table, "seed", key, SEED, faults),
        "worlds": whole_number(table, "worlds", key, WORLDS, faults),
        "scenario": given,
        "regimes": {name: table["regimes"][name] for name in regimes},
    }


def _merged(base: Any, changes: Any) -> Any:
    """Tables within tables, with the changes where there are any."""
    if not (isinstance(base, Mapping) and isinstance(changes, Mapping)):
        return changes
    return {**base, **{key: _merged(base.get(key, {}), value) for key, value in changes.items()}}


def _bet(data: Any, regimes: tuple[str, ...], faults: list[Fault]) -> Bet:
    table = table_of(data, "bet", ("question", "measure", "settled", "options"), faults)
    one_of(table.get("measure"), NAMES, "bet.measure", "a measure", faults)
    one_of(table.get("settled"), ("highest", "lowest"), "bet.settled", "a way to settle a bet", faults)
    options = tuple(_options(list_of(table.get("options", []), "bet.options", "options", faults), regimes, faults))
    low, high = OPTIONS
    if not low <= len(options) <= high:
        faults.append(Fault("bet.options", f"there are {len(options)}; allowed are {low} to {high}"))
    if options and reveal.UNDECIDED not in {option.id for option in options}:
        faults.append(Fault("bet.options", f"need one with the id {reveal.UNDECIDED!r}: what wins if none clearly leads"))
    question = _text(table, "question", "bet.", faults)
    return Bet(question, str(table.get("measure")), table.get("settled") == "highest", options)


def _labels(data: Any, regimes: tuple[str, ...], faults: list[Fault]) -> dict[str, str]:
    table = table_of(data, "labels", regimes, faults)
    return {name: _text(table, name, "labels.", faults) for name in table if name in regimes}


def _options(data: list[Any], regimes: tuple[str, ...], faults: list[Fault]) -> list[Option]:
    options: list[Option] = []
    for n, entry in enumerate(data, 1):
        key = f"bet.options.{n}"
        table = table_of(entry, key, Option._fields, faults)
        one_of(table.get("id"), (*regimes, reveal.UNDECIDED), f"{key}.id", "one of the regimes of the state", faults)
        name = str(table.get("id"))
        if name in {option.id for option in options}:
            faults.append(Fault(f"{key}.id", f"{name!r} is there twice"))
        options.append(Option(name, _text(table, "label", f"{key}.", faults)))
    return options


def _expectations(data: Any, key: str, regimes: tuple[str, ...], faults: list[Fault]) -> tuple[Expectation, ...]:
    tables = list_of(data, key, "what must come out", faults)
    return tuple(_expectation(table, f"{key}.{n}", regimes, faults) for n, table in enumerate(tables, 1))


def _expectation(data: Any, key: str, regimes: tuple[str, ...], faults: list[Fault]) -> Expectation:
    table = table_of(data, key, ("measure", "regime", "minus", "above", "below"), faults)
    one_of(table.get("measure"), NAMES, f"{key}.measure", "a measure", faults)
    for name in ("regime", "minus") if "minus" in table else ("regime",):
        one_of(table.get(name), regimes, f"{key}.{name}", "one of the regimes of the state", faults)
    sides = [side for side in ("above", "below") if side in table]
    threshold: Any = table[sides[0]] if len(sides) == 1 else None
    if type(threshold) not in (int, float) or not math.isfinite(threshold):
        faults.append(Fault(key, "needs either above or below, with a number"))
        threshold = 0.0
    measure, regime, minus = (str(table.get(name, "")) for name in ("measure", "regime", "minus"))
    return Expectation(measure, regime, minus, float(threshold), sides == ["above"])


def _trials(data: Any, state: Any, faults: list[Fault]) -> list[Trial]:
    trials = []
    for n, entry in enumerate(list_of(data, "try", "things to try", faults), 1):
        key = f"try.{n}"
        table = table_of(entry, key, ("text", "state", "expect"), faults)
        text = _text(table, "text", f"{key}.", faults)
        changed = _state(_merged(state, table["state"]), f"{key}.state", faults) if "state" in table else {}
        if "expect" in table and not changed:
            faults.append(Fault(f"{key}.expect", "goes with a state: what else should it come out of?"))
        regimes = tuple(changed.get("regimes", ()))
        expect = _expectations(table["expect"], f"{key}.expect", regimes, faults) if "expect" in table and changed else ()
        trials.append(Trial(text, changed, expect))
    return trials
