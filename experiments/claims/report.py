"""The verdicts as text: results/claims.md, the terminal's table, and rows for README.md."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

import numpy as np
from rich.table import Table

from experiments import store
from experiments.claims.effects import Effect
from experiments.claims.ledger import Ledger, Standard, Test, load_ledger
from experiments.claims.verdicts import DEPENDS, KINDS, Finding, Ruling, Side, average, evaluate
from experiments.wording.tabulated import markdown_table, terminal_table

FILE: Final = "claims.md"
_COLUMNS: Final = ("", "claim", "verdict")


def write_claims(ledger: Ledger, rulings: Sequence[Ruling], results: Path) -> Path:
    """Write the verdicts into the results folder; the same results give the same bytes. Returns the file."""
    store.check_writable(results)
    with store.alone(results):
        store.check_ordinary(results, (FILE,))
        store.write_bytes(claims_markdown(ledger, rulings).encode(), results / FILE)
    return results / FILE


def claims_markdown(ledger: Ledger, rulings: Sequence[Ruling]) -> str:
    """All verdicts with effects, where they hold, what was published, and the rules."""
    lines = [
        "# Claims and verdicts",
        "",
        "Written by `sellsim claims` from stored results alone. The rules come from the wording of the claims and were fixed "
        "before the runs ([docs/claims.md](../docs/claims.md) says how they are read).",
        "",
        _reading(ledger.standard),
        "",
        markdown_table(_COLUMNS, claims_rows(rulings)),
    ]
    for ruling in rulings:
        lines += ["", *_ruling(ruling)]
    return "\n".join(lines) + "\n"


def claims_rows(rulings: Iterable[Ruling]) -> list[tuple[str, str, str]]:
    """Name, claim and verdict of each; of parts, how each fared."""
    return [(ruling.claim.name, ruling.claim.claim, _verdict(ruling)) for ruling in rulings]


def claims_table_markdown(results: Path) -> str:
    """The verdicts from the results folders in `results`, as a Markdown table for README.md."""
    return markdown_table(_COLUMNS, claims_rows(evaluate(load_ledger(), results)))


def claims_table(rulings: Sequence[Ruling]) -> Table:
    """The verdicts for a terminal."""
    rows = [(name, claim, verdict.replace("**", "")) for name, claim, verdict in claims_rows(rulings)]
    return terminal_table("Claims and verdicts", _COLUMNS, rows)


def missing_experiments(rulings: Iterable[Ruling]) -> dict[str, list[str]]:
    """Experiments without the results that some tests need, and the claims that wait for them."""
    waiting: dict[str, list[str]] = {}
    for ruling in rulings:
        for finding in ruling.findings:
            if finding.missing:
                waiting.setdefault(finding.test.experiment, []).append(ruling.claim.name)
    return {experiment: list(dict.fromkeys(names)) for experiment, names in waiting.items()}


def _reading(standard: Standard) -> str:
    false, most, few = (f"{100 * share:g} %" for share in standard)
    return (
        f"A cell is *for* or *against* a test if a one-sided t test says so, with on average at most {false} of such decisions "
        f"false. Supported: for in at least {most} of the cells and against in at most {few}; contradicted: the other way round; "
        f"depends: for in more than {few} and against in more than {few}; else undecided. Intervals are 95 %."
    )


def _verdict(ruling: Ruling) -> str:
    """The verdict in bold, and what became of the single tests if they differ."""
    single = [finding.verdict for finding in ruling.findings]
    counts = [f"{single.count(verdict)} {verdict}" for verdict in dict.fromkeys(single)]
    detail = f" ({', '.join(counts)})" if len(counts) > 1 else ""
    return f"**{ruling.verdict}**{detail}"


def _ruling(ruling: Ruling) -> list[str]:
    claim = ruling.claim
    lines = [f"## {claim.name}: {ruling.verdict}", "", f"> {claim.claim}", "", f"*Hypothesis.* {claim.hypothesis.strip()}", ""]
    for n, finding in enumerate(ruling.findings, 1):
        lines += [f"{n}. **{finding.verdict}**: {finding.test.says}.", *(f"   - {line}" for line in _details(finding))]
    lines += ["", f"*Published against it.* {_listed(claim.counter_evidence)}"]
    lines += ["", f"*Published for it.* {_listed(claim.supporting_evidence)}"]
    return lines


def _listed(sources: Sequence[str]) -> str:
    return "; ".join(sources) + "." if sources else "Nothing that we know of."


def _details(finding: Finding) -> list[str]:
    """Counts, effects, the border, the rule and the experiment."""
    test = finding.test
    link = f"[{test.experiment}]({test.experiment})"
    if finding.effects is None:
        command = f"`sellsim run experiments/configs/{test.experiment}.toml`"
        return [f"{finding.missing}; {command} fills it in", f"Rule: {rule_text(test)}"]
    lines = [_counts(finding)]
    lines += [_effect_text(effect, finding) for effect in finding.effects.of_each]
    return [*lines, *border_text(finding), f"Rule: {rule_text(test)}. Results: {link}"]


def _counts(finding: Finding) -> str:
    total = len(finding.decisions)
    along = finding.test.trend or finding.test.best_over
    what = f"line{'s'[: total != 1]} over {along}" if along else f"cell{'s'[: total != 1]}"
    counts = ", ".join(f"{int(np.sum(finding.decisions == kind))} {word}" for kind, word in KINDS.items())
    return f"{total:,} {what}: {counts}"


def _effect_text(effect: Effect, finding: Finding) -> str:
    """The average effect with its interval, the range over the units, and the runs behind each."""
    mean, low, high = average(effect)
    what = f"{finding.test.regime} minus {effect.other}" if effect.other else finding.test.regime
    if finding.test.beside:
        what = f"{what} ({finding.test.measure} minus {finding.test.beside})"
    if finding.test.trend:
        what = f"change of {what}"
    if finding.test.best_over:
        what = f"{what}, at the best {finding.test.best_over}"
    if not np.isfinite(mean):
        return f"{what}: no value"
    known = effect.mean[np.isfinite(effect.mean)]
    fewest, most = int(effect.n.min()), int(effect.n.max())
    runs = f"{most}" if fewest == most else f"{fewest} to {most}"
    number = _Number(finding)
    return (
        f"{what}: on average {number(mean)} ({number(low)} to {number(high)}){number.unit}; "
        f"from {number(known.min())} to {number(known.max())}; n = {runs} runs each"
    )


class _Number:
    """How numbers of a test are written: shares of another regime's mean in per cent, others in their unit."""

    def __init__(self, finding: Finding) -> None:
        self._relative = finding.test.relative
        self._sign = "+" if finding.test.minus or finding.test.trend else ""
        self.unit = "" if finding.effects is None or self._relative else f" {finding.effects.unit}"

    def __call__(self, value: float) -> str:
        form = ".1f" if self._relative else ".3g" if abs(value) >= 1e-3 else ".3f"
        text = f"{100 * value:{self._sign}{form}} %" if self._relative else f"{value:{self._sign}{form}}"
        return text.replace("-", "−")


def border_text(finding: Finding) -> list[str]:
    """Where a test holds and where it does not: one sentence, or none if nearly all are alike."""
    what = "lines" if finding.test.trend or finding.test.best_over else "cells"
    if finding.border is None:
        return [f"No single factor divides the {what} for from those against"] if finding.verdict == DEPENDS else []
    return ["; ".join(_side_text(side, what) for side in finding.border)]


def _side_text(side: Side, what: str) -> str:
    """ "market.variety ≥ 0.4: 41 of 45 cells for, 4 undecided"; the most frequent kind first."""
    counts = sorted(((n, kind) for kind, n in side.counts.items() if n), key=lambda count: -count[0])
    (most, kind), *others = counts
    rest = "".join(f", {n} {KINDS[other]}" for n, other in others)
    return f"{side.where}: {most} of {sum(side.counts.values())} {what} {KINDS[kind]}{rest}"


def rule_text(test: Test) -> str:
    """The rule in words and names."""
    side = "above" if test.above else "below"
    threshold = (f"{100 * test.threshold:g} %" if test.relative else f"{test.threshold:g}").replace("-", "−")
    measures = f"`{test.measure}` minus `{test.beside}`" if test.beside else f"`{test.measure}`"
    compared = f" minus {' and minus '.join(test.minus)}" if test.minus else ""
    share = " as a share of the latter" if test.relative and test.minus else ""
    trend = f", its change over {test.trend}" if test.trend else ""
    trend += f", at the best {test.best_over}" if test.best_over else ""
    ranges = [f"{name} from {low:g} to {high:g}" for name, (low, high) in test.where.items()]
    where = f", where {' and '.join(ranges)}" if ranges else ""
    return f"{measures}, {test.regime}{compared}{share}{trend}, {side} {threshold}{where}"
