"""`sellsim export-class`: the lab as one file that opens by double click, with lessons and ensembles computed beforehand."""

import base64
import gzip
import itertools
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from experiments import store
from experiments.teaching import lessons
from experiments.teaching.api import STATIC
from experiments.teaching.declarations import SITUATIONS, declarations, situation_state
from experiments.teaching.ensembles import compute
from experiments.teaching.one_file.bundle import bundle
from experiments.teaching.states import LAB_HORIZON, state_from
from experiments.teaching.watch.replay import replay
from simulation import __version__
from simulation.measures import NAMES
from simulation.parameters import plain
from simulation.presets import PRESETS

Grid = Mapping[str, Sequence[float]]
State = dict[str, Any]

GRID: Final[Grid] = {
    "market.variety": [round(0.1 * i, 1) for i in range(11)],
    "market.ambiguity": [0.0, 0.25, 0.5, 0.75, 1.0],
    "organisation.hearsay": [0.0, 0.25, 0.5, 0.75, 1.0],
}
"""Values of the sliders that can be dragged in the file, at equal distances, the reference firm's among them."""
WORLDS: Final = 100
SEED: Final = 1
ON_GRID: Final = (
    "won", "best_answer_share", "touched_hours", "waited_rep_hours", "waited_peers_hours", "waited_managers_hours",
    "waited_customer_hours",
)
"""Measures of the points of the grid: those that the page draws."""
DIGITS: Final = 4
POLICY: Final = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:"


def states_of(grid: Grid, worlds: int) -> tuple[list[State], list[State]]:
    """The states of the grid, and those of situations, lessons and things to try in lessons."""
    points = [dict(zip(grid, values, strict=True)) for values in itertools.product(*grid.values())]
    bare = {"seed": SEED, "worlds": worlds, "regimes": {name: {} for name in PRESETS}}
    told = [state for lesson in lessons.load_lessons() for state in (lesson.state, *(trial.state for trial in lesson.trials))]
    named = [bare | situation_state(situation) for situation in SITUATIONS]
    return [bare | _at(point) for point in points], [*named, *({**state, "worlds": worlds} for state in told if state)]


def export_class(path: Path, worlds: int, grid: Grid, progress: Callable[[int], None]) -> int:
    """Write the file; returns its size in bytes. `progress` is called with the runs just done.

    Raises StoreError if the file cannot be written.
    """
    on_grid, others = states_of(grid, worlds)
    ensembles = [_computed(state, ON_GRID, progress) for state in on_grid]
    ensembles += [_computed(state, NAMES, progress) for state in others]
    ages = ensembles[0]["answer"]["ages_days"]
    for ensemble in ensembles:
        del ensemble["answer"]["ages_days"]
    watched = others[0]
    held = {
        "declarations": _declared(grid, worlds),
        "holds": "it holds the lessons, the situations, and the sliders shown here, with all else as in the reference firm",
        "ages_days": ages,
        "ensembles": ensembles,
        "watched": watched,
        "replays": [replay(state_from(watched), name, SEED) for name in PRESETS],
        "lessons": [_lesson(lesson, worlds) for lesson in lessons.load_lessons()],
    }
    page = page_with(held).encode()
    store.write_bytes(page, path)
    return len(page)


def n_runs(grid: Grid, worlds: int) -> int:
    """Runs that an export makes."""
    return sum(worlds * len(state["regimes"]) for part in states_of(grid, worlds) for state in part)


def page_with(held: Mapping[str, Any]) -> str:
    """The page with everything in it: style, script, and what is held, packed."""
    packed = base64.b64encode(gzip.compress(json.dumps(held, allow_nan=False, separators=(",", ":")).encode(), 9, mtime=0))
    icon = base64.b64encode((STATIC / "icon.svg").read_bytes()).decode()
    style = (STATIC / "style.css").read_text(encoding="utf-8")
    script = bundle(STATIC, "main.js", {"data.js": Path(__file__).with_name("offline.js")})
    charset = '<meta charset="utf-8">'
    note = f"This file works without a network: its numbers were computed beforehand, by sellsim {__version__}."
    page = (STATIC / "index.html").read_text(encoding="utf-8")
    for old, new in (
        (charset, f'{charset}\n  <meta http-equiv="Content-Security-Policy" content="{POLICY}">'),
        ('<link rel="icon" href="icon.svg"', f'<link rel="icon" href="data:image/svg+xml;base64,{icon}"'),
        ('<link rel="stylesheet" href="style.css">', f"<style>\n{style}</style>"),
        ('<script type="module" src="main.js"></script>', ""),
        ("</body>", f'<footer><p>{note}</p></footer>\n<script type="text/plain" id="packed">{packed.decode()}</script>\n'
         f"<script>\n{script}</script>\n</body>"),
    ):
        if page.count(old) != 1:
            raise ValueError(f"index.html should hold {old} once")
        page = page.replace(old, new)
    return page


def _lesson(lesson: lessons.Lesson, worlds: int) -> dict[str, Any]:
    """A lesson as the page receives it, with as many worlds as were computed."""
    told = lessons.lesson_json(lesson)
    for part in (told, *told["try"]):
        if "state" in part:
            part["state"] = {**part["state"], "worlds": worlds}
    return told


def _at(point: Mapping[str, float]) -> State:
    """The reference firm with some numbers changed, with the lab's horizon."""
    scenario: dict[str, dict[str, Any]] = {"market": {}, "organisation": {}, "horizon": plain(LAB_HORIZON)}
    for key, value in point.items():
        group, name = key.split(".")
        scenario[group][name] = value
    return {"scenario": scenario}


def _computed(state: State, names: Sequence[str], progress: Callable[[int], None]) -> dict[str, Any]:
    """A state and its answer, with what the page shows and no more digits than it shows."""
    checked = state_from(state)
    answer = compute(checked, checked.worlds)
    progress(checked.worlds * len(checked.regimes))
    kept = ("worlds", "seed", "baseline", "looks", "ages_days", "curves", "split")
    measures = {name: answer["measures"][name] for name in names}
    return {"state": state, "answer": {name: _rounded(answer[name]) for name in kept} | {"measures": _rounded(measures)}}


def _rounded(data: Any) -> Any:
    """The same with numbers of so many significant digits."""
    if isinstance(data, dict):
        return {name: _rounded(value) for name, value in data.items()}
    if isinstance(data, list):
        return [_rounded(value) for value in data]
    return float(f"{data:.{DIGITS}g}") if isinstance(data, float) else data


def _declared(grid: Grid, worlds: int) -> dict[str, Any]:
    """The declarations with the sliders that the file can answer, which move from one point of the grid to the next."""
    told = declarations()
    for parameter in told["parameters"]:
        values = grid.get(parameter["key"], ())
        parameter["slider"], parameter["choice"] = bool(values), False
        if values:
            parameter |= {"low": values[0], "high": values[-1], "step": round(values[1] - values[0], 10)}
    told["limits"] |= {"worlds": worlds, "seed": SEED}
    return told


def grid_steps(grid: Grid) -> Iterator[str]:
    """What the file says of its sliders: key, first and last value, number of values."""
    for key, values in grid.items():
        yield f"{key} {values[0]:g} to {values[-1]:g} ({len(values)} values)"
