"""Cases of second-hand judgement: what colleagues repeat, what managers add, who asks whom."""

from typing import Any, Final

from experiments.validation.case import Case, Quantity, Sums, share_of
from experiments.validation.plain import clustered, column, judged, plain, quiet, share, survival
from simulation import chance, codes, structure
from simulation.run import Run
from simulation.theory import readings

HEARSAY: Final = "Hearsay"
ADVICE: Final = "Advice of managers"
ACQUAINTANCE: Final = "Who knows whom"

EVERY_LEVEL: Final = (
    "one issue, variety 1 (a flat prior), nobody expert; every offer is signed by every level (sign_off_over −1, "
    "authority_per_level −1)"
)


def cases() -> list[Case]:
    """All cases of second-hand judgement."""
    return [
        *(_jury(n, hearsay) for hearsay in (0.25, 0.5, 1.0) for n in (3, 5, 9)),
        *(_chain(managers, hearsay) for hearsay in (0.25, 0.5) for managers in (1, 2, 3)),
        *(_any(managers, hearsay) for hearsay in (0.0, 0.5) for managers in (1, 2, 3)),
        *(_adding(managers, hearsay) for hearsay in (0.0, 0.5) for managers in (1, 2, 3, 4)),
        _unequal_advice(),
        *(_asked(known) for known in (0.0, 0.3, 0.6, 1.0)),
    ]


# --- hearsay ---


def _jury(n: int, hearsay: float) -> Case:
    error = 0.3
    names = {key: f"{key}, hearsay {hearsay:g}" for key in ("kept if right", "kept if wrong")}
    values = [readings.survives_committee_by_hearsay(p, n, (n + 1) // 2, hearsay) for p in (1.0 - error, error)]
    return Case(
        f"majority of {n} readers, hearsay {hearsay:g}", HEARSAY,
        f"one issue, variety 1, ambiguity {2 * error:g}, relief 0 with everybody expert; clusters are teams of {n}, all are "
        f"asked and waited for; each repeats the owner's reading with probability {hearsay:g}",
        "Condorcet's jury with an opinion leader, `readings.survives_committee_by_hearsay`",
        plain(
            weeks=30, tail=5, reps=6 * n, span=float(n), customers_per_hour=0.6, variety=1.0, ambiguity=2.0 * error,
            relief=0.0, expertise_share=1.0, hearsay=hearsay,
        ),
        clustered(peers_asked=n - 1, quorum=n - 1, cluster_size=n),
        tuple(share_of(name, value, at=n) for name, value in zip(names.values(), values, strict=True)),
        lambda run, seed: {names[key]: survival(run)[key] for key in names},
    )


def _signed(managers: int, right: float, hearsay: float, **more: Any) -> Any:
    """One team of 20 under so many single managers, one above the other."""
    return plain(
        weeks=60, tail=5, least_levels=managers, customers_per_hour=0.4, variety=1.0, ambiguity=2.0 * (1.0 - right),
        hearsay=hearsay, **more,
    )


def _chain(managers: int, hearsay: float, right: float = 0.7) -> Case:
    n = managers + 1
    names = {key: f"all agree, {key}, hearsay {hearsay:g}" for key in ("kept if right", "kept if wrong")}
    values = [readings.survives_all_by_hearsay(p, n, hearsay) for p in (right, 1.0 - right)]
    return Case(
        f"{n} readings in series, hearsay {hearsay:g}", HEARSAY,
        f"{EVERY_LEVEL}; ambiguity {2 * (1 - right):g}, least_levels {managers}, advice veto; each manager repeats the owner's "
        f"reading with probability {hearsay:g}",
        "p(h + (1 − h)p)ⁿ⁻¹, `readings.survives_all_by_hearsay`",
        _signed(managers, right, hearsay),
        quiet(sign_off_over=-1.0, authority_per_level=-1.0),
        tuple(share_of(name, value, at=n) for name, value in zip(names.values(), values, strict=True)),
        lambda run, seed: {names[key]: survival(run)[key] for key in names},
    )


# --- advice ---


def _any(managers: int, hearsay: float, right: float = 0.7) -> Case:
    n = managers + 1
    names = {key: f"any of n, {key}, hearsay {hearsay:g}" for key in ("kept if right", "kept if wrong")}
    values = [readings.survives_any_by_hearsay(p, n, hearsay) for p in (right, 1.0 - right)]
    return Case(
        f"any of {n} is enough, hearsay {hearsay:g}", ADVICE,
        f"{EVERY_LEVEL}; ambiguity {2 * (1 - right):g}, least_levels {managers}, advice any, hearsay {hearsay:g}: a polyarchy of "
        "the rep and the managers",
        "1 − (1 − p)(h + (1 − h)(1 − p))ⁿ⁻¹, `readings.survives_any_by_hearsay`; without hearsay 1 − (1 − p)ⁿ",
        _signed(managers, right, hearsay),
        quiet(sign_off_over=-1.0, authority_per_level=-1.0, advice="any"),
        tuple(share_of(name, value, at=n) for name, value in zip(names.values(), values, strict=True)),
        lambda run, seed: {names[key]: survival(run)[key] for key in names},
    )


def _adding(managers: int, hearsay: float, right: float = 0.7) -> Case:
    """With a flat prior the pooled belief is the majority's; between equally many for and against, the playbook stays."""
    n = managers + 1
    names = {key: f"adding, {key}, hearsay {hearsay:g}" for key in ("kept if right", "kept if wrong")}
    values = [readings.survives_committee_by_hearsay(p, n, n // 2 + 1, hearsay) for p in (right, 1.0 - right)]
    return Case(
        f"{n} readings added, hearsay {hearsay:g}", ADVICE,
        f"{EVERY_LEVEL}; ambiguity {2 * (1 - right):g}, least_levels {managers}, advice adds, hearsay {hearsay:g}",
        "more than half of n, of equally many the playbook, `readings.survives_committee_by_hearsay`",
        _signed(managers, right, hearsay),
        quiet(sign_off_over=-1.0, authority_per_level=-1.0, advice="adds"),
        tuple(share_of(name, value, at=n) for name, value in zip(names.values(), values, strict=True)),
        lambda run, seed: {names[key]: survival(run)[key] for key in names},
    )


def _unequal_advice() -> Case:
    plain_error, expert_error, n = 0.35, 0.21, 3

    def theory(experts: int) -> float:
        able = [1.0 - expert_error] * experts + [1.0 - plain_error] * (n - experts)
        return readings.weighted_majority_right(able) if experts else 0.5

    def read(run: Run, seed: int) -> Sums:
        answered, deviant, kept = judged(run)
        experts = _experts_in_line(run, seed)
        return {f"right, {m} of {n} expert": share(kept == deviant, answered & (experts == m)) for m in range(n + 1)}

    return Case(
        "rep and two managers, some of them expert", ADVICE,
        f"one issue, variety 1, ambiguity {2 * plain_error:g}, relief {1 - expert_error / plain_error:g}: experts err with "
        f"{expert_error:g}, others with {plain_error:g}; half of all expert, by lot; every offer is signed by both levels, "
        "advice adds; needs_expert either path: managers who review may be the experts that a deviation needs",
        "Σ over patterns of readings with weights ln(p/(1 − p)), `readings.weighted_majority_right`; without an expert "
        "nobody may depart from the playbook: ½",
        plain(
            weeks=40, tail=5, reps=60, span=8.0, customers_per_hour=0.4, variety=1.0, ambiguity=2.0 * plain_error,
            relief=1.0 - expert_error / plain_error, expertise_share=0.5, manager_expertise_share=0.5, specialisation=0.0,
            needs_expert="either path",
        ),
        quiet(sign_off_over=-1.0, authority_per_level=-1.0, advice="adds"),
        tuple(share_of(f"right, {m} of {n} expert", theory(m), at=m, series="right, by experts") for m in range(n + 1)),
        read,
    )


def _experts_in_line(run: Run, seed: int) -> Any:
    """How many of the case's rep, manager and manager's manager are expert on its one issue. int64[cases]."""
    firm = structure.build(run.settings, chance.word(seed))
    rep = column(run, codes.OPEN, "resource").astype(int)
    first = firm.team[rep]
    able = firm.manager_expertise & 1
    return (firm.rep_expertise[rep] & 1) + able[first] + able[firm.superior[first]]


# --- who asks whom ---


def _asked(known: float) -> Case:
    share_of_experts, peers = 0.4, 4
    name = "the one asked is expert"

    def read(run: Run, seed: int) -> Sums:
        able = structure.build(run.settings, chance.word(seed)).rep_expertise & 1
        log = run.record.log
        asked = log["resource"][log["activity"] == codes.CONSULT]
        return {name: (float(able[asked].sum()), float(len(asked)))}

    return Case(
        f"expertise known with probability {known:g}", ACQUAINTANCE,
        f"one issue, ambiguity 1; clusters are teams of {peers + 1}, one peer is asked; expertise_share {share_of_experts:g}, "
        f"specialisation 0, acquaintance {known:g}; dispatch direct, for the least loaded rep is seldom the one whom all ask",
        "1 − (1 − as)ᵐ + s((1 − as)ᵐ − (a(1 − s))ᵐ), `readings.first_asked_is_expert`",
        plain(
            weeks=10, tail=5, reps=100, span=float(peers + 1), customers_per_hour=5.0, variety=1.0, ambiguity=1.0,
            relief=0.5, expertise_share=share_of_experts, specialisation=0.0, acquaintance=known,
        ),
        clustered(peers_asked=1, quorum=1, cluster_size=peers + 1, dispatch="direct"),
        (Quantity(name, readings.first_asked_is_expert(share_of_experts, known, peers), at=known),),
        read,
    )
