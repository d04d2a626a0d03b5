"""One run, as a notebook shows it."""

from dataclasses import dataclass
from html import escape
from typing import Any

from matplotlib.figure import Figure

from experiments.figures import canvas
from experiments.wording import naming
from experiments.wording.numbers import number
from simulation import run as runs
from simulation.calendar import HOURS_PER_WEEK
from simulation.inputs import Given
from simulation.parameters import Regime
from simulation.presets import DEFAULT, PRESETS
from simulation.run import Engine, OwnModel

HEADLINES = ("opened", "won", "won_share", "no_action_share", "median_hours_to_action", "best_answer_share")
WEEKLY = {
    "open_cases": "open opportunities",
    "rep_inboxes": "matters in reps' inboxes",
    "manager_inboxes": "matters in managers' inboxes",
}
CAPTION = "State at the end of each week. Grey: the weeks in which the measured opportunities open."


@dataclass(frozen=True, repr=False)
class Run(runs.Run):
    """One run: `outcomes` by name; `cases`, `weekly` and `log` as tables; `plot()`."""

    title: str = "A run"

    def __repr__(self) -> str:
        lines = [f"{label}: {text}" for label, text in self._told()]
        return "\n".join([self.title, *(f"  {line}" for line in lines), "  more: .outcomes, .cases, .weekly, .log, .plot()"])

    def _repr_html_(self) -> str:
        rows = "".join(f"<tr><td style='text-align:left'>{escape(a)}</td><td>{escape(b)}</td></tr>" for a, b in self._told())
        return f"<table><caption>{escape(self.title)}</caption>{rows}</table>"

    def plot(self) -> Figure:
        """Open opportunities and what waits in inboxes, week by week."""
        return _weekly_figure(self)

    def _told(self) -> list[tuple[str, str]]:
        """A few measures in words."""
        s = self.settings
        size = f"{s.reps} reps, {s.n_ticks // HOURS_PER_WEEK} weeks, {len(self.record.log):,} events"
        return [("Firm", size)] + [
            (naming.measure_axis(name), number(naming.scale(name) * self.outcomes[name])) for name in HEADLINES
        ]


def simulate(
    regime: Given = None, scenario: Given = None, seed: int = 0, engine: Engine = "kernel", model: OwnModel | None = None
) -> Run:
    """One run: `simulate("blended", seed=7)`, `simulate("strict", Scenario().replace(variety=0.8))`.

    regime: the name of a preset, or a Regime; default "blended". scenario: default the reference firm. Types tell the two apart,
    in whatever order. engine: "kernel", or "mesa" for the same bytes from the readable model. model: rules of your own, on the
    Mesa engine (docs/own_rules.md). Raises InputError.
    """
    found = runs.simulate(regime, scenario, seed, engine, model)
    name = next((_name(one) for one in (regime, scenario) if isinstance(one, (str, Regime))), _name(None))
    own = " with rules of its own" if model is not None else ""
    return Run(found.settings, found.record, found.measured, f"One firm under “{name}”{own}, seed {seed}")


def _name(regime: Any) -> str:
    if regime is None or isinstance(regime, str):
        return regime or DEFAULT
    return next((name for name, preset in PRESETS.items() if preset == regime), "a regime of your own")


@canvas.styled
def _weekly_figure(run: Run) -> Figure:
    figure = canvas.sheet(4.2, run.title, [CAPTION])
    axes = figure.subplots()
    weeks, s = run.weekly["hour"] / HOURS_PER_WEEK, run.settings
    axes.axvspan(s.window_start / HOURS_PER_WEEK, s.window_end / HOURS_PER_WEEK, color="#eeeeee", zorder=0)
    for name, label in WEEKLY.items():
        axes.plot(weeks, run.weekly[name], label=label)
    axes.set_xlabel("Week")
    axes.set_ylim(bottom=0)
    axes.legend(frameon=False)
    return figure
