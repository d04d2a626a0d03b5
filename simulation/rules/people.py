"""What people know, remember and dare."""

from collections.abc import Sequence

from simulation.compiled import rule


@rule
def is_expert(share: float, specialisation: float, u_which: float, u_own: float, u_group: float) -> bool:
    """Whether a person is expert on an issue: by the group's common draw with probability `specialisation`, else by an own.

    Either way with probability `share`; specialised teams differ from one another and agree within.
    Source: docs/model.md, section 5.
    """
    return (u_group if u_which < specialisation else u_own) < share


@rule
def own_work_first(own_since: int, request_since: int, head_start: float) -> bool:
    """Whether own work goes before a peer's request: it is older than the request with its head start (minutes)."""
    return own_since < request_since - head_start


@rule
def doubt_on(certainty: float) -> float:
    """What is left to settle on an issue: 1 - certainty. Source: MODEL rule 7."""
    return 1.0 - certainty


@rule
def usefulness(expertise: int, known: int, average: float, doubt: Sequence[float], n_issues: int) -> float:
    """How much a peer may settle: sum of the rep's doubt (see `doubt_on`) over the issues the peer is known to be expert on.

    On an issue on which the rep does not know the peer's expertise (`known` is a set of issues), the peer counts as an average
    one: with the share of experts. Source: MODEL rules 7 (the most uncertain issues first) and 17.
    """
    total = 0.0
    for k in range(n_issues):
        total += doubt[k] * (float(expertise >> k & 1) if known >> k & 1 else average)
    return total


@rule
def moved_memory(memory: float, rate: float, answer: int) -> float:
    """Memory on an issue after evidence for an answer (0 or 1): m + rate (+-1 - m), from -1 to 1. Source: MODEL rule 11."""
    return memory + rate * (2 * answer - 1 - memory)


@rule
def memory_template(playbook: int, memory: Sequence[float], bar: float, n_issues: int) -> int:
    """The memory's answer where |memory| reaches the bar (and is not 0), the playbook's elsewhere. Source: MODEL rule 4."""
    template = playbook
    for k in range(n_issues):
        remembered = (memory[k] != 0.0) & (abs(memory[k]) >= bar)
        departs = (memory[k] > 0.0) ^ (template >> k & 1)
        template ^= int(remembered & departs) << k
    return template


@rule
def evidence_weight(documented: bool, undocumented: float) -> float:
    """What a piece of evidence counts in the firm's pool: in full if the case is documented. Source: MODEL rule 19."""
    return 1.0 if documented else undocumented


@rule
def reviewed_answer(current: int, for_one: float, for_zero: float) -> int:
    """The playbook's answer on an issue after a review: what most of the evidence says; a tie keeps it."""
    if for_one == for_zero:
        return current
    return 1 if for_one > for_zero else 0


@rule
def enough_evidence(for_one: float, for_zero: float, needed: int) -> bool:
    """Whether a review looks at an issue at all. Source: MODEL rule 11 (pooled evidence, reviews)."""
    return for_one + for_zero >= needed


@rule
def willingness_after_sanction(willingness: float, step: float) -> float:
    """Willingness w after a punishment: w (1 - step). Source: MODEL rule 13."""
    return willingness * (1.0 - step)


@rule
def willingness_after_success(willingness: float, step: float) -> float:
    """Willingness w after a won diverted deal: w + step (1 - w). Source: MODEL rule 13."""
    return willingness + step * (1.0 - willingness)
