"""Cases of judgement: screening, committees, pooled readings, prior against reading, acceptance."""

from typing import Any, Final

import numpy as np

from experiments.validation.case import Case, Sums, share_of
from experiments.validation.plain import (
    clustered,
    column,
    judged,
    opened_in_time,
    plain,
    quiet,
    share,
    survival,
)
from simulation import chance, codes, structure
from simulation.rules import belief
from simulation.run import Run
from simulation.theory import readings

SCREENING: Final = "Hierarchical screening"
COMMITTEES: Final = "Committees and majorities"
UNEQUAL: Final = "Unequal readers"
PRIOR: Final = "Prior against reading"
ACCEPTANCE: Final = "Acceptance"


def cases() -> list[Case]:
    """All cases of judgement."""
    return [
        *(_screening(levels, right) for right in (0.75, 0.6) for levels in (1, 2, 3, 4)),
        *(_appealed(levels, right) for right in (0.75, 0.6) for levels in (1, 2, 3, 4)),
        *(_committee(n, (n + 1) // 2) for n in (1, 3, 5, 7, 9)),
        *(_committee(5, needed) for needed in (4, 5)),
        _unequal(),
        *(_prior(deviates) for deviates in (0.05, 0.15, 0.22, 0.28, 0.4, 0.5)),
        *(_prior_where_issues_differ(deviates) for deviates in (0.05, 0.15, 0.22, 0.28, 0.4, 0.5)),
        *(_acceptance(selectivity) for selectivity in (1.0, 2.5)),
        *(_rounds(stays) for stays in (0.5, 0.8)),
        *(_rounds_at_one_fit(stays, fit) for stays in (0.5, 0.8) for fit in (0.6, 0.8)),
    ]


def _screening(levels: int, right: float) -> Case:
    n = levels + 1
    name = f"{n} readings in series, each right with {right:g}"

    def read(run: Run, seed: int) -> Sums:
        return {f"{key}, q = {right:g}": value for key, value in survival(run).items()}

    return Case(
        name, SCREENING,
        f"one issue, variety 1 (a flat prior, so the rep proposes what it reads), ambiguity {2 * (1 - right):g}, nobody expert; "
        "every offer is signed by every level (sign_off_over −1, authority_per_level −1), "
        f"span 2 and {2**levels} reps make {levels}",
        "qⁿ and (1 − q)ⁿ, `readings.survives_all`; the playbook stays if any one of n is for it, 1 − (1 − q)ⁿ, "
        "`readings.survives_any`",
        plain(
            weeks=60, tail=5, reps=2**levels, span=2.0, customers_per_hour=0.4, variety=1.0, ambiguity=2.0 * (1.0 - right),
        ),
        quiet(sign_off_over=-1.0, authority_per_level=-1.0),
        (
            share_of(f"kept if right, q = {right:g}", readings.survives_all(right, n), at=n),
            share_of(f"kept if wrong, q = {right:g}", readings.survives_all(1.0 - right, n), at=n),
            share_of(f"playbook kept if right, q = {right:g}", readings.survives_any(right, n), at=n),
        ),
        read,
    )


def _appealed(levels: int, right: float) -> Case:
    which = f"q = {right:g}"

    def read(run: Run, seed: int) -> Sums:
        answered, deviant, kept = judged(run)
        proposed = answered & opened_in_time(run) & _proposed(run)
        return {
            f"appealed, kept if right, {which}": share(kept, proposed & deviant),
            f"appealed, kept if wrong, {which}": share(kept, proposed & ~deviant),
        }

    return Case(
        f"{levels} to appeal to, each right with {right:g}", SCREENING,
        f"as above, but refusals may be appealed (refusal appealed), and one team of 20 reps with least_levels {levels} has so "
        "many managers one above the other; of the deviations that the rep has proposed",
        "1 − (1 − q)ⁿ if right, 1 − qⁿ if wrong, `readings.survives_any`: one of n is enough",
        plain(
            weeks=60, tail=5, least_levels=levels, customers_per_hour=0.4, variety=1.0, ambiguity=2.0 * (1.0 - right),
        ),
        quiet(sign_off_over=-1.0, refusal="appealed"),
        (
            share_of(f"appealed, kept if right, {which}", readings.survives_any(right, levels), at=levels),
            share_of(f"appealed, kept if wrong, {which}", readings.survives_any(1.0 - right, levels), at=levels),
        ),
        read,
    )


def _proposed(run: Run) -> Any:
    """Whose one issue the rep wanted to deviate on: so says the review of the first level. bool[cases]."""
    log = run.record.log
    first = log[(log["activity"] == codes.REVIEW) & (log["level"] == 1)]
    proposed = np.zeros(int(log["case"].max(initial=-1)) + 1, bool)
    proposed[first["case"][first["deviations"] == 1]] = True
    return proposed


def _committee(n: int, needed: int) -> Case:
    """k of n, the k that Bayes sets by the prior: a flat one asks for the majority, a surer one for more."""
    error = 0.3
    odds = 2.0 * (needed - (n + 1) // 2) * readings.log_odds(1.0 - error)
    deviates = 1.0 / (1.0 + np.exp(odds))
    assert readings.needed_by_bayes(deviates, 1.0 - error, n) == needed
    majority = needed == (n + 1) // 2
    kind = "majority" if majority else "5 readers"
    at = n if majority else needed
    names = {key: f"{key}, {kind}" for key in ("kept if right", "kept if wrong")}
    values = [readings.survives_committee(p, n, needed) for p in (1.0 - error, error)]
    return Case(
        f"{needed} of {n} readers", COMMITTEES,
        f"one issue, ambiguity {2 * error:g}, relief 0 with everybody expert (all read equally well and may act); clusters are "
        f"teams of {max(n, 2)}, peers_asked = quorum = {n - 1}, confidence 1 (no early stop); variety {2 * deviates:.4g}",
        "binomial tail with k = least number with w(2k − n) > prior, `readings.survives_committee`; k = (n + 1)/2: Condorcet",
        plain(
            weeks=30, tail=5, reps=6 * max(n, 2), span=float(max(n, 2)), customers_per_hour=0.6, variety=2.0 * deviates,
            ambiguity=2.0 * error, relief=0.0, expertise_share=1.0,
        ),
        clustered(peers_asked=n - 1, quorum=n - 1, cluster_size=max(n, 2)),
        tuple(share_of(name, value, at=at) for name, value in zip(names.values(), values, strict=True)),
        lambda run, seed: {names[key]: survival(run)[key] for key in names},
    )


def _unequal() -> Case:
    plain_error, expert_error, n = 0.35, 0.21, 5

    def theory(experts: int) -> float:
        able = [1.0 - expert_error] * experts + [1.0 - plain_error] * (n - experts)
        return readings.weighted_majority_right(able) if experts else 0.5

    def read(run: Run, seed: int) -> Sums:
        answered, deviant, kept = judged(run)
        experts = _experts(run, seed)
        return {f"right, {m} of {n} expert": share(kept == deviant, answered & (experts == m)) for m in range(n + 1)}

    return Case(
        "5 readers, some of them expert", UNEQUAL,
        f"one issue, variety 1, ambiguity {2 * plain_error:g}, relief {1 - expert_error / plain_error:g}: experts err with "
        f"{expert_error:g}, others with {plain_error:g}; clusters are teams of 5 and all are asked; half of all expert, by lot",
        "Σ over patterns of readings with weights ln(p/(1 − p)), `readings.weighted_majority_right`; without an expert "
        "nobody may depart from the playbook: ½",
        plain(
            weeks=40, tail=5, reps=60, span=5.0, customers_per_hour=3.0, variety=1.0, ambiguity=2.0 * plain_error,
            relief=1.0 - expert_error / plain_error, expertise_share=0.5, specialisation=0.0,
        ),
        clustered(peers_asked=n - 1, quorum=n - 1, cluster_size=n),
        tuple(share_of(f"right, {m} of {n} expert", theory(m), at=m, series="right") for m in range(n + 1)),
        read,
    )


def _experts(run: Run, seed: int) -> Any:
    """How many of the case's cluster are expert on its one issue. int64[cases]."""
    firm = structure.build(run.settings, chance.word(seed))
    in_cluster = np.bincount(firm.cluster, weights=firm.rep_expertise & 1)
    return in_cluster[firm.cluster[column(run, codes.OPEN, "resource").astype(int)]]


def _prior(deviates: float) -> Case:
    error = 0.25
    right = readings.bayes_right(deviates, error)
    deviating = deviates * (1.0 - error) + (1.0 - deviates) * error if deviates > error else 0.0
    return Case(
        f"deviations with {deviates:g}, readings wrong with {error:g}", PRIOR,
        f"one issue, variety {2 * deviates:g}, ambiguity {2 * error:g}, nobody expert, no signatures: one reader's offer",
        "1 − min(v/2, a/2), `readings.bayes_right`",
        plain(weeks=30, tail=5, customers_per_hour=2.0, variety=2.0 * deviates, ambiguity=2.0 * error),
        quiet(),
        (
            share_of("right", right, at=deviates),
            share_of("deviating", deviating, at=deviates),
        ),
        lambda run, seed: _right(run),
    )


def _prior_where_issues_differ(deviates: float) -> Case:
    ambiguity, spread = 0.5, 0.8
    errors = [belief.issue_ambiguity(ambiguity, spread, shade) / 2.0 for shade in range(belief.SHADES)]
    name = "right where issues differ"
    return Case(
        f"deviations with {deviates:g}, readings wrong with {errors[0]:.3g} to {errors[-1]:.3g}", PRIOR,
        f"as above, but ambiguity_spread {spread:g}: every issue has its own ambiguity, one of {belief.SHADES} equally likely "
        f"ones from {2 * errors[0]:.3g} to {2 * errors[-1]:.3g}, and the reader knows it",
        "mean over the ambiguities of 1 − min(v/2, a/2), `readings.bayes_right_over`",
        plain(
            weeks=30, tail=5, customers_per_hour=2.0, variety=2.0 * deviates, ambiguity=ambiguity, ambiguity_spread=spread,
        ),
        quiet(),
        (share_of(name, readings.bayes_right_over(deviates, errors), at=deviates),),
        lambda run, seed: {name: _right(run)["right"]},
    )


def _right(run: Run) -> Sums:
    answered, deviant, kept = judged(run)
    return {"right": share(kept == deviant, answered), "deviating": share(kept, answered)}


# --- customers' answers ---


def _acceptance(selectivity: float) -> Case:
    issues = 10
    fits = [k / issues for k in range(4, issues + 1)]

    def read(run: Run, seed: int) -> Sums:
        fit, outcome = column(run, codes.REPLY, "amount"), column(run, codes.REPLY, "outcome")
        return {f"accepted at fit {f:g}, exponent {selectivity:g}": share(outcome == codes.WON, fit == f) for f in fits}

    return Case(
        f"selectivity {selectivity:g}", ACCEPTANCE,
        f"{issues} independent issues, variety 0.6, ambiguity 1 (readings are worthless, so the playbook is offered), no second "
        f"chance; selectivity {selectivity:g}; customers grouped by the fit of their offer",
        "((fit − f₀)/(1 − f₀))₊^selectivity, f₀ = ½, `readings.accepts`",
        plain(
            weeks=40, tail=5, customers_per_hour=6.0, issues=issues, variety=0.6, ambiguity=1.0, selectivity=selectivity,
        ),
        quiet(),
        tuple(
            share_of(
                f"accepted at fit {f:g}, exponent {selectivity:g}", readings.accepts(f, 0.5, selectivity), at=f,
                series=f"accepted, exponent {selectivity:g}",
            )
            for f in fits
        ),
        read,
    )


def _rounds(stays: float) -> Case:
    issues, wrong, most = 20, 0.3, 6

    def read(run: Run, seed: int) -> Sums:
        offers, outcome = column(run, codes.REPLY, "answers"), column(run, codes.REPLY, "outcome")
        closed = np.isin(outcome, (codes.WON, codes.LOST)) & opened_in_time(run)
        lost = {
            f"lost with offer j, second chance {stays:g}, j = {j}": share((outcome == codes.LOST) & (offers == j), closed)
            for j in range(1, most + 1)
        }
        return {**lost, f"won, second chance {stays:g}": share(outcome == codes.WON, closed)}

    return Case(
        f"second chance {stays:g}", ACCEPTANCE,
        f"{issues} issues in one block (interdependence {issues}), so only the right answer is taken; variety {2 * wrong:g}, "
        f"ambiguity 1; every round reveals one wrong issue; second_chance {stays:g}",
        "(1 − s)sʲ⁻¹P(W ≥ j), `readings.lost_in_round`; (1 − p + ps)ᴷ, `readings.won_after_all`",
        plain(
            weeks=40, tail=10, customers_per_hour=2.0, issues=issues, interdependence=issues, variety=2.0 * wrong,
            ambiguity=1.0, second_chance=stays,
        ),
        quiet(),
        (
            *(
                share_of(
                    f"lost with offer j, second chance {stays:g}, j = {j}",
                    readings.lost_in_round(stays, wrong, issues, j), at=j,
                    series=f"lost with offer j, second chance {stays:g}",
                )
                for j in range(1, most + 1)
            ),
            share_of(f"won, second chance {stays:g}", readings.won_after_all(stays, wrong, issues)),
        ),
        read,
    )


def _rounds_at_one_fit(stays: float, fit: float) -> Case:
    issues, most = 10, 6
    which = f"fit {fit:g}, second chance {stays:g}"
    accepts = readings.accepts(fit, 0.5, 1.0)

    def read(run: Run, seed: int) -> Sums:
        offers, outcome = column(run, codes.REPLY, "answers"), column(run, codes.REPLY, "outcome")
        closed = np.isin(outcome, (codes.WON, codes.LOST)) & opened_in_time(run) & (_first_fit(run) == fit)
        shares = {f"offers, {which}, n = {n}": share(offers == n, closed) for n in range(1, most + 1)}
        return {**shares, f"won, {which}": share(outcome == codes.WON, closed)}

    return Case(
        f"nobody says why, {which}", ACCEPTANCE,
        f"{issues} independent issues, variety 0.6, ambiguity 1 (readings are worthless, so the playbook is offered again and "
        f"again), candour 0, second_chance {stays:g}, selectivity 1; customers whose first offer has the fit {fit:g}",
        "rⁿ⁻¹(1 − r), r = (1 − A)s, `readings.ends_with_offer`; A/(1 − r), `readings.won_in_the_end`; A = (fit − ½)/½, "
        "`readings.accepts`",
        plain(
            weeks=20, tail=10, customers_per_hour=3.0, issues=issues, variety=0.6, ambiguity=1.0, second_chance=stays,
            candour=0.0, selectivity=1.0,
        ),
        quiet(),
        (
            *(
                share_of(
                    f"offers, {which}, n = {n}", readings.ends_with_offer(accepts, stays, n), at=n, series=f"offers, {which}"
                )
                for n in range(1, most + 1)
            ),
            share_of(f"won, {which}", readings.won_in_the_end(accepts, stays)),
        ),
        read,
    )


def _first_fit(run: Run) -> Any:
    """The fit of each case's first offer; -1 where none was answered. float64[cases]."""
    log = run.record.log
    fits = np.full(int(log["case"].max(initial=-1)) + 1, -1.0)
    first = log[(log["activity"] == codes.REPLY) & (log["answers"] == 1)]
    fits[first["case"]] = first["amount"]
    return fits
