"""Cases of waiting where work is shorter than an hour, and where desks are open for part of the day."""

from typing import Final

import numpy as np

from experiments.validation.case import Case, Quantity
from experiments.validation.plain import hours_between, plain, quiet, rows
from simulation import calendar, codes
from simulation.run import Run
from simulation.theory import queues
from simulation.theory.office_hours import geometric_units, wait_at_desk

TO_THE_MINUTE: Final = "Work to the minute"
OFFICE_HOURS: Final = "Office hours"

MINUTE: Final = 1.0 / calendar.MINUTES_PER_HOUR
REVIEW: Final = 0.2  # hours, a published approval's (BPI Challenge 2012)
PASSED_ON: Final = (
    "every offer is signed (sign_off_over −1) by one manager; work_unit_minutes 1, the steps of 20 reps take a minute, so "
    "requests come in the hour in which customers come, Poisson; waits from the next full hour on, before which nobody looks at "
    f"them (59 minutes later); sign_off_hours {REVIEW:g}"
)


def cases() -> list[Case]:
    """All cases of desks."""
    return [
        *(_to_the_minute(load) for load in (0.3, 0.5, 0.7, 0.8)),
        *(_review_hours(open_hours) for open_hours in (0.35, 1, 2, 4, 8)),
        *(_selling_hours(open_hours) for open_hours in (3, 5, 8)),
    ]


def _to_the_minute(load: float) -> Case:
    rate, minutes = load / REVIEW, REVIEW / MINUTE
    theory = wait_at_desk(rate, geometric_units(minutes), calendar.MINUTES_PER_HOUR)
    return Case(
        f"reviews of {minutes:g} minutes at load {load:g}", TO_THE_MINUTE,
        f"{PASSED_ON}, review_hours_per_day 8",
        "hourly batches, law of the work left by iteration, `office_hours.wait_at_desk`; M/M/1, `queues.wait_exponential`",
        plain(
            weeks=100, warmup=20, customers_per_hour=rate, sign_off_hours=REVIEW, discovery_hours=MINUTE, drafting_hours=MINUTE,
            work_unit_minutes=1,
        ),
        quiet(sign_off_over=-1.0),
        (Quantity("hours waited to the minute", theory, at=load, textbook=queues.wait_exponential(rate, REVIEW)),),
        lambda run, seed: {"hours waited to the minute": _from_the_full_hour(run)},
    )


def _review_hours(open_hours: float, load: float = 0.6) -> Case:
    rate, minutes = load / REVIEW * open_hours / calendar.HOURS_PER_DAY, REVIEW / MINUTE
    theory = wait_at_desk(rate, geometric_units(minutes), calendar.MINUTES_PER_HOUR, open_hours)
    return Case(
        f"reviews in {open_hours:g} hour{'s'[: open_hours != 1]} a day", OFFICE_HOURS,
        f"{PASSED_ON}, review_hours_per_day {open_hours:g}; load {load:g} of the hours in which the desk is open",
        "law of the work left by iteration over the day, `office_hours.wait_at_desk`",
        plain(
            weeks=100, warmup=20, customers_per_hour=rate, sign_off_hours=REVIEW, discovery_hours=MINUTE, drafting_hours=MINUTE,
            work_unit_minutes=1, review_hours_per_day=open_hours,
        ),
        quiet(sign_off_over=-1.0),
        (Quantity("hours waited at a manager's desk", theory, at=open_hours),),
        lambda run, seed: {"hours waited at a manager's desk": _from_the_full_hour(run)},
    )


def _selling_hours(open_hours: int, load: float = 0.6) -> Case:
    discovery, reps = 4.0, 10
    rate = load / (discovery + 1.0) * open_hours / calendar.HOURS_PER_DAY
    theory = wait_at_desk(rate, geometric_units(discovery, further=1), open_hours=open_hours)
    return Case(
        f"selling in {open_hours} hours a day", OFFICE_HOURS,
        f"{reps} reps, dispatch direct, no signatures; discovery_hours {discovery:g} and an hour of drafting; "
        f"selling_hours_per_day {open_hours}; load {load:g} of them",
        "law of the work left by iteration over the day, `office_hours.wait_at_desk`",
        plain(
            weeks=100, warmup=30, reps=reps, customers_per_hour=reps * rate, discovery_hours=discovery,
            selling_hours_per_day=open_hours,
        ),
        quiet(dispatch="direct"),
        (Quantity("hours waited in a rep's inbox", theory, at=open_hours),),
        lambda run, seed: {"hours waited in a rep's inbox": _in_the_inbox(run)},
    )


def _from_the_full_hour(run: Run) -> tuple[float, float]:
    reviews = rows(run, codes.REVIEW)
    looked_at = -(-reviews["queued"].astype(np.int64) // calendar.MINUTES_PER_HOUR)
    started = float(reviews["start"].sum(dtype=np.int64)) / calendar.MINUTES_PER_HOUR
    return started - float(looked_at.sum()), float(len(reviews))


def _in_the_inbox(run: Run) -> tuple[float, float]:
    discoveries = rows(run, codes.DISCOVER)
    return hours_between(discoveries, "queued", "start"), float(len(discoveries))
