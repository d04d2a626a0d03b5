"""Who has a say in an offer, and what a review leaves of it."""

from simulation.compiled import rule


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
def to_read(proposed: int, revealed: int, granted: int) -> int:
    """The deviations that a manager reads: neither revealed by the customer nor agreed to further down. Source: MODEL rule 6."""
    return proposed & ~(revealed | granted)


@rule
def put_back(disputed: int, appealed: int, top: bool) -> int:
    """The deviations that fall back to the playbook with a review.

    Refusals are final: all that its manager disputes, so that a deviation stays if all n agree (hierarchy, qⁿ). They are
    appealed: only what the top disputes, as the last one asked, so that one agreement of n is enough (polyarchy,
    1 − (1 − q)ⁿ). Source: MODEL rule 6; Sah & Stiglitz 1986.
    """
    return 0 if appealed and not top else disputed


@rule
def agreed_to(read: int, disputed: int, appealed: int) -> int:
    """The deviations that nobody reads again: if refusals are appealed, all that the manager read and does not dispute.

    If they are final, every level reads for itself. Source: MODEL rule 6; Sah & Stiglitz 1986.
    """
    return read & ~disputed if appealed else 0


@rule
def goes_up(disputed: int, appealed: int, top: bool, granted: bool) -> bool:
    """Whether the next level has to review the request.

    Refusals are final: if the manager may not grant what is left (`may_grant`, always true at the top). They are appealed: if
    anything is disputed below the top, whatever the authority, since one agreement is enough at any level.
    Source: MODEL rule 6.
    """
    return disputed != 0 and not top if appealed else not granted
