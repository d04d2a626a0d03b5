"""Which way a case goes, and when enough peers have been heard."""

from simulation.compiled import rule


@rule
def follows_process(promise: float, divert_below: float) -> bool:
    """Whether a case promises well enough to stay in the process: predicted fit of the playbook, or the rep's certainty, at or
    above `divert_below`. Source: MODEL rules 5 and 22.
    """
    return promise >= divert_below


@rule
def diverts(willingness: float, u: float) -> bool:
    """Whether a rep who could leave the process does: probability = willingness. Source: MODEL rule 5."""
    return u < willingness


@rule
def peers_to_ask(wanted: int, others: int) -> int:
    """How many peers are asked: as many as the regime wants, or all others in the cluster. Source: MODEL rule 7."""
    return min(wanted, others)


@rule
def most_readings(peers_asked: int, advising_levels: int) -> int:
    """How often an issue can be read at most: by the rep, by every peer asked, and once by each level of managers who advise."""
    return 1 + peers_asked + advising_levels


@rule
def ready_to_act(answers: int, asked: int, quorum: int, confidence: float, bar: float) -> bool:
    """Whether a rep acts: all asked or the quorum have answered, or the confidence bar is reached. Source: MODEL rule 7."""
    return answers >= min(quorum, asked) or confidence >= bar
