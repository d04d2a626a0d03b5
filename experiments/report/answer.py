"""The answer of an experiment: what kind of question it asks, the one sentence, and what else is true, from its tables.

What kind of question it is follows from factors, design and outcomes. Each kind has a sentence, which is also the title of its
lead figure, and a table; everything else comes after.
"""

from collections.abc import Callable
from typing import Final, NamedTuple

from experiments.design.experiment import Experiment
from experiments.report.analyses import decomposed, turned_over
from experiments.report.chief import Tables, chief_measure
from experiments.report.deciding import is_one_at_a_time, scenario, scenario_in_words, what_matters
from experiments.report.levers import what_it_does
from experiments.report.maps import effect_over_cells, who_wins_where
from experiments.report.one_firm import further_outcomes, how_sure, who_is_best
from experiments.wording import space

Say = Callable[[Tables, Experiment, str], str]


class Question(NamedTuple):
    """A kind of question."""

    name: str
    holds: Callable[[Tables, Experiment], bool]  # whether an experiment asks it
    sentence: Say
    figures: tuple[str, ...]  # how the names of its lead figure begin, the first that there is
    table: str  # the title of its table in the report
    further: tuple[Say, ...] = ()  # what else is true, a sentence each


class Answer(NamedTuple):
    """What an experiment answers."""

    question: Question
    measure: str  # that it is about
    sentence: str
    further: list[str]


def varied(tables: Tables) -> list[str]:
    """The factors with more than one value."""
    return space.factors(tables.get("cells", space.ONE_CELL))


def _is_dose(tables: Tables, experiment: Experiment) -> bool:
    """One factor, or as many of the firm's own as of the world's, on a grid: then it is asked what a lever does."""
    cells = tables.get("cells", space.ONE_CELL)
    names = varied(tables)
    if not names or not space.lever(cells) or not (space.is_grid(cells) or len(names) == 1):
        return False
    own = len(space.levers(cells))
    return len(names) == 1 or own >= len(names) - own or "winners" not in tables


def _is_scattered(tables: Tables, experiment: Experiment) -> bool:
    cells = tables.get("cells", space.ONE_CELL)
    return len(varied(tables)) > 1 and not space.is_grid(cells)


def _costs(tables: Tables, experiment: Experiment) -> bool:
    return chief_measure(tables, experiment).startswith("hours_per_")


QUESTIONS: Final = (
    Question(
        "what adds how much", lambda tables, _: "shapley" in tables,
        decomposed, ("decomposition_",), "What makes the difference", (who_wins_where,),
    ),
    Question(
        "where the order turns over", lambda tables, _: "turnovers" in tables,
        lambda tables, _, measure: turned_over(tables, measure), ("turnover_",), "Where the order turns over",
        (who_wins_where, effect_over_cells),
    ),
    Question(
        "what matters most",
        lambda tables, experiment: "sensitivity" in tables or (bool(varied(tables)) and is_one_at_a_time(tables))
        or _is_scattered(tables, experiment),
        what_matters, ("sobol", "morris", "tornado", "scatter"), "What matters most",
        (lambda tables, experiment, measure: scenario_sentence(tables, experiment, measure), who_wins_where, effect_over_cells),
    ),
    Question(
        "what this lever does", _is_dose,
        what_it_does, ("dose_response_",), "What the lever does", (who_wins_where, effect_over_cells),
    ),
    Question(
        "who wins where", lambda tables, _: bool(varied(tables)) and "winners" in tables,
        who_wins_where, ("winner_map_", "differences"), "Who is best in how many cells", (effect_over_cells,),
    ),
    Question(
        "how large the difference is", lambda tables, _: bool(varied(tables)),
        effect_over_cells, ("differences",), "Differences over all cells",
    ),
    Question(
        "how sure", lambda tables, experiment: experiment.precision is not None and "differences" in tables,
        how_sure, ("convergence", "compared"), "Differences between regimes", (who_is_best,),
    ),
    Question("how much it costs", _costs, who_is_best, ("compared",), "Means of the outcomes"),
    Question("who is best at this firm", lambda *_: True, who_is_best, ("compared",), "Means of the outcomes"),
)
"""In the order in which they are tried; the last holds always."""


def scenario_sentence(tables: Tables, experiment: Experiment, measure: str) -> str:
    """Where an outcome is mostly as one wonders about; only where points are scattered."""
    if not _is_scattered(tables, experiment):
        return ""
    found = scenario(tables, experiment, measure)
    return scenario_in_words(found) if found else ""


def question(tables: Tables, experiment: Experiment) -> Question:
    """What kind of question an experiment asks."""
    return next(one for one in QUESTIONS if one.holds(tables, experiment))


def answered(tables: Tables, experiment: Experiment) -> Answer:
    """The answer and what else is true.

    tables: by name, with the columns of docs/architecture.md; `summary` must be there, others may be missing.
    """
    kind, measure = question(tables, experiment), chief_measure(tables, experiment)
    said = kind.sentence(tables, experiment, measure)
    further = [text for say in kind.further if (text := say(tables, experiment, measure)) and text != said]
    if not varied(tables):
        further += further_outcomes(tables, experiment, measure)
    if not said and further:
        said, *further = further
    return Answer(kind, measure, _sentence(said or "There is nothing to compare", experiment),
                  [_sentence(text, experiment) for text in further])


def answer(tables: Tables, experiment: Experiment) -> str:
    """The answer in one sentence."""
    return answered(tables, experiment).sentence


def _sentence(text: str, experiment: Experiment) -> str:
    """With a capital, unless it begins with the name of a regime."""
    return f"{text}." if text.startswith(tuple(experiment.regimes)) else f"{text[:1].upper()}{text[1:]}."
