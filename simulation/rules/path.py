"""Which way an offer goes and who has a say in it."""

from simulation.compiled import rule


@rule
def follows_process(predicted_fit: float, divert_below: float) -> bool:
    """Whether the playbook is thought to fit well enough: predicted fit >= divert_below. Source: MODEL rule 5."""
    return predicted_fit >= divert_below


@rule
def diverts(willingness: float, u: float) -> bool:
    """Whether a rep who could leave the process does: probability = willingness. Source: MODEL rule 5."""
    return u < willingness


@rule
def needs_sign_off(deviations: int, over: float) -> bool:
    """Whether an offer must go to a manager: more deviations from the playbook than `over`. Source: MODEL rules 6, 7."""
    return deviations > over


@rule
def may_grant(deviations: int, authority_per_level: float, level: int, top: bool) -> bool:
    """Whether a manager of this level (1 = lowest) has the authority: deviations <= authority x level, the top any number.

    Source: MODEL rule 6.
    """
    return top or deviations <= authority_per_level * level


@rule
def peers_to_ask(wanted: int, others: int) -> int:
    """How many peers are asked: as many as the regime wants, or all others in the cluster. Source: MODEL rule 7."""
    return min(wanted, others)


@rule
def readings_of_an_issue(peers_asked: int) -> int:
    """How often an issue can be read at most: by the rep and by every peer asked."""
    return 1 + peers_asked


@rule
def implementable(template: int, wanted: int, able: int, revealed: int) -> int:
    """The wanted offer, but with deviations only where a participant is expert or the customer revealed the issue.

    Source: MODEL rule 7 ("the best implementable action").
    """
    return template ^ (template ^ wanted) & (able | revealed)


@rule
def ready_to_act(answers: int, asked: int, quorum: int, confidence: float, bar: float) -> bool:
    """Whether a rep acts: all asked or the quorum have answered, or the confidence bar is reached. Source: MODEL rule 7."""
    return answers >= min(quorum, asked) or confidence >= bar
