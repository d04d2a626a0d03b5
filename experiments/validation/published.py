"""The published findings of the hold-outs, and how each is mapped to the model."""

from typing import Any, Final

from experiments.validation.hold_outs import (
    Arm,
    Finding,
    Study,
    is_number,
    more,
    not_more,
    step_by_step,
    within_chance_of,
)
from experiments.validation.lab import (
    ALONE,
    LAB_WORDS,
    efficiency,
    first_fit,
    hours_taken,
    lab,
    of_three,
    persons_hours,
    score,
    solved,
    time_taken,
    together,
    wrong,
)
from experiments.validation.plain import NEVER, judged, plain, quiet, share
from simulation.parameters import Market, Organisation, Scenario
from simulation.presets import PRESETS
from simulation.run import Run
from simulation.theory import readings

RIGHT: Final = 0.7  # q of Sah & Stiglitz' example

ABOVE: Final = "the 95 % interval of the difference lies above 0"
NOT_ABOVE: Final = "the 95 % interval of the difference does not lie above 0"


def studies() -> list[Study]:
    """All studies, in the order of the report."""
    return [sah_stiglitz(), csaszar(), shaw_1932(), shaw_1964(), almaatouq(), march(), lazer_friedman()]


# --- Sah & Stiglitz 1986 ---


def sah_stiglitz() -> Study:
    """Hierarchies and polyarchies of two and three readers, by the exact numbers of the theory for q = 0.7."""
    market: dict[str, Any] = {"variety": 1.0, "ambiguity": 2.0 * (1.0 - RIGHT), "customers_per_hour": 0.4}
    arms = {}
    for kind, advice in (("hierarchy", "veto"), ("polyarchy", "any")):
        for n in (2, 3):
            scenario = plain(weeks=60, tail=5, least_levels=n - 1, needs_expert="neither path", **market)
            arms[f"{kind} of {n}"] = Arm(scenario, quiet(sign_off_over=-1.0, authority_per_level=-1.0, advice=advice))
    findings = []
    for arm in arms:
        n, any_one = int(arm[-1]), arm.startswith("polyarchy")
        survives = readings.survives_any if any_one else readings.survives_all
        formulas = ("1 − (1 − q)ⁿ", "1 − qⁿ") if any_one else ("qⁿ", "(1 − q)ⁿ")
        for kind, p, formula in zip(("right", "wrong"), (RIGHT, 1.0 - RIGHT), formulas, strict=True):
            value = survives(p, n)
            findings.append(Finding(
                f"{arm}: {kind} project kept", f"{formula} = {value:.3f}",
                "the exact binomial test does not refuse the number (at 4e-8)", is_number(arm, f"kept if {kind}", value),
            ))
    return Study(
        "Sah & Stiglitz 1986",
        "A project is the deviation on one issue; q = 0.7 (ambiguity 0.6, spread 0), flat prior (variety 1), hearsay 0, nobody "
        "expert and none needed (needs_expert neither path). The rep is the first reader, n − 1 managers above one another "
        "(least_levels) the others; every offer goes through all of them (sign_off_over −1, authority_per_level −1, refusal "
        "final). Hierarchy: advice veto. Polyarchy: advice any. All else as the plain firm of the special cases.",
        arms,
        {
            "kept if right": lambda run: _kept(run, True),
            "kept if wrong": lambda run: _kept(run, False),
        },
        tuple(findings),
    )


def _kept(run: Run, deviant_is_right: bool) -> tuple[float, float]:
    answered, deviant, kept = judged(run)
    return share(kept, answered & (deviant == deviant_is_right))


# --- Csaszar 2012 ---


def csaszar() -> Study:
    """609 mutual funds, more than 150,000 decisions: what a higher consensus threshold does to errors."""
    market = {"issues": 1, "interdependence": 1}

    def firm(levels: int) -> Scenario:
        return lab(4, market, {"least_levels": levels, "reps": 8, "span": 8.0}, weeks=200)

    signed = PRESETS["solo"].model_copy(
        update={"memory_rate": 0.0, "dispatch": "direct", "divert_below": 0.0, "sign_off_over": -1.0, "authority_per_level": -1.0}
    )
    ladder = {
        "any of 3": Arm(firm(2), signed.model_copy(update={"advice": "any"})),
        "one alone": Arm(firm(1), ALONE),
        "2 of 2": Arm(firm(1), signed),
        "3 of 3": Arm(firm(2), signed),
    }
    still = {"memory_rate": 0.0, "review_weeks": NEVER}
    presets = {
        "strict": Arm(lab(4, market, {"reps": 32, "span": 8.0}), PRESETS["strict"].model_copy(update=still)),
        "cluster": Arm(lab(4, market, {"reps": 32, "span": 8.0}), PRESETS["cluster"].model_copy(update=still)),
    }
    steps, higher = list(ladder), "a higher consensus threshold"
    rule = "the 95 % interval of the difference is on the published side at every step"
    return Study(
        "Csaszar 2012",
        "A project is the deviation on one issue (issues 1), variety, ambiguity, expertise and hearsay as in the reference "
        "firm; an omission error is a deviation that the need asks for and the offer lacks, a commission error one that it has "
        "against the need; nothing is learnt. Consensus threshold: advice any with two managers (1 of 3), a rep alone, every "
        "offer signed by one manager (2 of 2), by two (3 of 3). Centralised and decentralised: the presets strict and cluster. "
        f"{LAB_WORDS}.",
        {**ladder, **presets},
        {"omissions": _omissions, "commissions": _commissions, "approved": _approved},
        (
            Finding(f"{higher}: more omission errors", "+", rule, step_by_step("omissions", steps, True)),
            Finding(f"{higher}: fewer commission errors", "−", rule, step_by_step("commissions", steps, False)),
            Finding(f"{higher}: fewer approved projects", "−", rule, step_by_step("approved", steps, False)),
            Finding(
                "decentralised: more commission errors than centralised", "+", ABOVE,
                more(("cluster", "commissions"), ("strict", "commissions")),
            ),
            Finding(
                "centralised: more omission errors than decentralised", "+", ABOVE,
                more(("strict", "omissions"), ("cluster", "omissions")),
            ),
        ),
        effort=0.5,
    )


def _omissions(run: Run) -> tuple[float, float]:
    answered, deviant, kept = judged(run)
    return share(~kept, answered & deviant)


def _commissions(run: Run) -> tuple[float, float]:
    answered, deviant, kept = judged(run)
    return share(kept, answered & ~deviant)


def _approved(run: Run) -> tuple[float, float]:
    answered, _, kept = judged(run)
    return share(kept, answered)


# --- Shaw 1932 ---


def shaw_1932() -> Study:
    """Groups of four against individuals on three eureka problems: 8 of 15 against 5 of 63 solved."""
    reference, issues = Organisation(), Market().issues
    each = (5 / 63) ** (1.0 / issues)  # an issue right, so that all are with the individuals' rate
    ambiguity = 2.0 * (1.0 - each) / (1.0 - reference.expertise_share * reference.relief)
    market = {"variety": 1.0, "ambiguity": ambiguity, "interdependence": issues}
    arms = {
        "individuals": Arm(lab(4, market, {"hearsay": 0.0}), ALONE),
        "groups": Arm(lab(4, market, {"hearsay": 0.0}), together(4)),
    }
    return Study(
        "Shaw 1932",
        f"A problem is a need of {issues} issues that is solved if all are right; no usual answer is known (variety 1). "
        f"Expertise and its relief as in the reference firm; ambiguity {ambiguity:.3f} is the one number taken from the study: "
        "with it individuals solve 5 of 63. Individuals: the preset solo. Groups: clusters of four who all work on each problem "
        "(peers_asked = quorum = 3, confidence 1), each reading it independently (hearsay 0). "
        f"{LAB_WORDS}.",
        arms,
        {"solved": solved, "persons' hours": persons_hours},
        (
            Finding(
                "groups solve more than individuals", "8 of 15 against 5 of 63", ABOVE,
                more(("groups", "solved"), ("individuals", "solved")),
            ),
            Finding(
                "share that groups solve", "8 of 15 = 0.533",
                "it lies within the 95 % interval (Clopper & Pearson) of 8 of 15; individuals' 5 of 63 is fitted",
                within_chance_of("groups", "solved", 8, 15),
            ),
            Finding(
                "groups take more working time of people", "+", ABOVE,
                more(("groups", "persons' hours"), ("individuals", "persons' hours")),
            ),
        ),
        effort=0.25,
    )


# --- Shaw 1964 ---


def shaw_1964() -> Study:
    """18 comparisons of networks on simple and 18 on complex problems (with errors, 10 and 10)."""
    wheel = PRESETS["strict"].model_copy(
        update={
            "dispatch": "direct", "documentation_hours": 0.0, "sign_off_over": -1.0, "authority_per_level": 20.0,
            "review_weeks": NEVER,
        }
    )
    arms = {}
    for task, level in (("simple", 0.2), ("complex", 0.8)):
        market = {"variety": level, "ambiguity": level}
        arms[f"{task}, centralised"] = Arm(lab(4, market, {"reps": 120}), wheel)
        arms[f"{task}, decentralised"] = Arm(lab(5, market, {"reps": 150}), together(5))
    sides = {
        "simple": ("simple, decentralised", "simple, centralised"),  # published: the first takes longer, errs more
        "complex": ("complex, centralised", "complex, decentralised"),
    }
    words = {
        ("simple", "hours"): ("simple problems: decentralised networks take longer", "in 14 of 18 comparisons"),
        ("simple", "wrong"): ("simple problems: decentralised networks err more", "in 9 of 10, 1 undecided"),
        ("complex", "hours"): ("complex problems: centralised networks take longer", "in 18 of 18 comparisons"),
        ("complex", "wrong"): ("complex problems: centralised networks err more", "in 6 of 10, 3 undecided"),
    }
    return Study(
        "Shaw 1964",
        "Groups of five. Centralised (wheel): four reps, each of whose answers goes through one manager, who reads it and has a "
        "veto (the preset strict with sign_off_over −1 and all authority, without documents). Decentralised (all-channel): five "
        "reps who all work on each problem (cluster, peers_asked = quorum = 4, confidence 1). Simple: variety and ambiguity 0.2; "
        f"complex: 0.8. Readers, hearsay included, and hours as in the reference firm. {LAB_WORDS}.",
        arms,
        {"hours": time_taken, "wrong": wrong},
        tuple(
            Finding(finding, published, ABOVE, more((sides[task][0], reading), (sides[task][1], reading)))
            for (task, reading), (finding, published) in words.items()
        ),
        limits="In the experiments every member held a part of the information, and a complex problem brought the hub more "
        "messages than it could handle. Here the rep holds all of it and the hub adds one reading of 12 minutes, so that it is "
        "always the quicker way while its inbox is empty; and more readers never make more errors, whatever the task.",
        effort=0.25,
    )


# --- Almaatouq et al. 2021 ---

COMPLEXITIES: Final = {  # issues, interdependence, ambiguity
    "very low": (2, 1, 0.1), "low": (4, 2, 0.3), "moderate": (8, 4, 0.5), "high": (12, 6, 0.7), "very high": (16, 8, 0.9),
}


def almaatouq() -> Study:
    """1,200 people on tasks of five complexities, in groups of three or as three individuals."""
    arms = {}
    for level, (issues, interdependence, ambiguity) in COMPLEXITIES.items():
        market = {"variety": 1.0, "ambiguity": ambiguity, "issues": issues, "interdependence": interdependence}
        arms[f"{level}, individuals"] = Arm(lab(3, market, {"hearsay": 0.0}), ALONE)
        arms[f"{level}, groups"] = Arm(lab(3, market, {"hearsay": 0.0}), together(3))
    return Study(
        "Almaatouq et al. 2021",
        "Complexity: more issues that hang together more, and more ambiguity, in five levels (issues, interdependence, "
        f"ambiguity: {'; '.join(f'{level} {i}, {d}, {a:g}' for level, (i, d, a) in COMPLEXITIES.items())}). No usual answer is "
        "known (variety 1), everybody reads the task itself (hearsay 0). Score: fit of the offer. Time: from taking the task up "
        "to the offer. Efficiency: score per hour, task by task. Groups: clusters of three who all work on each task. "
        "Individuals: the preset solo, three at a time in the order of their tasks, the best (fastest, most efficient) of the "
        f"three picked task by task. {LAB_WORDS}.",
        arms,
        {
            "efficiency": efficiency,
            "most efficient of three": lambda run: of_three(first_fit(run) / hours_taken(run), 2),
            "hours": time_taken,
            "fastest of three": lambda run: of_three(hours_taken(run), 0),
            "score": score,
            "middle score of three": lambda run: of_three(first_fit(run), 1),
            "best score of three": lambda run: of_three(first_fit(run), 2),
        },
        (
            Finding(
                "simple tasks: the most efficient of three individuals beats the group", "+", ABOVE,
                more(("very low, individuals", "most efficient of three"), ("very low, groups", "efficiency")),
            ),
            Finding(
                "complex tasks: the group is more efficient than the most efficient of three", "+", ABOVE,
                more(("very high, groups", "efficiency"), ("very high, individuals", "most efficient of three")),
            ),
            Finding(
                "complex tasks: the group is as fast as the fastest of three", "no slower", NOT_ABOVE,
                not_more(("very high, groups", "hours"), ("very high, individuals", "fastest of three")),
            ),
            Finding(
                "complex tasks: the group scores higher than all but the best of three", "+", ABOVE,
                more(("very high, groups", "score"), ("very high, individuals", "middle score of three")),
            ),
            Finding(
                "complex tasks: the group scores no higher than the best of three", "no higher", NOT_ABOVE,
                not_more(("very high, groups", "score"), ("very high, individuals", "best score of three")),
            ),
        ),
        limits="Work on a task is not divided here: peers read after the owner's discovery, so a group takes longer than one "
        "person on any task. That costs it the efficiency that it gains by better answers: it comes nearer to the most efficient "
        "of three as tasks grow complex, without passing. And it pools independent readings without loss, weighed by what they "
        "are worth, so that it can be better than its best member, which the groups of the experiment were not.",
        effort=0.25,
    )


# --- outside ---


def _never(_: Any) -> Any:
    raise AssertionError("what is outside the model is not judged")


def march() -> Study:
    """Mutual learning of an organisation and its members."""
    return Study(
        "March 1991", "",
        findings=(
            Finding("slow learners make a code that knows more in the end", "+", "", _never),
            Finding("some turnover keeps the code from going stale", "+", "", _never),
        ),
        outside="March's members learn from the code, and it from those who know more than it does. Here nobody's memory moves "
        "toward the playbook, which is a template and not a teacher, so there is nothing that could be learnt too fast.",
    )


def lazer_friedman() -> Study:
    """Parallel search on a rugged landscape by agents in a network."""
    return Study(
        "Lazer & Friedman 2007", "",
        findings=(
            Finding("efficient networks are ahead early and behind in the long run", "+", "", _never),
        ),
        outside="Their agents copy and improve solutions on a rugged landscape. Here every customer has one need, which is read "
        "and not searched for: there is no landscape, and no solution of one case to copy into another.",
    )
