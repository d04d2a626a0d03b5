"""What the firm learns: evidence joins its pool, and reviews turn the pool into the playbook. One text for both engines.

firm: anything with the fields `playbook`, `for_one` and `for_zero` (the pool of evidence since an issue was last reviewed).
"""

from typing import Any

from simulation.compiled import step
from simulation.rules import people


@step
def pool_evidence(p: Any, firm: Any, case: Any, issues: int, answers: int) -> None:
    """Evidence from a case on some issues joins the firm's pool."""
    weight = people.evidence_weight(case.documented, p.evidence_weight)
    for k in range(p.issues):
        if issues >> k & 1:
            if answers >> k & 1:
                firm.for_one[k] += weight
            else:
                firm.for_zero[k] += weight


@step
def review_playbook(p: Any, firm: Any) -> int:
    """The playbook changes, for everybody at once, where enough evidence has come in; the set of issues that changed."""
    changed = 0
    for k in range(p.issues):
        if people.enough_evidence(firm.for_one[k], firm.for_zero[k], p.review_evidence):
            current = firm.playbook >> k & 1
            changed |= (people.reviewed_answer(current, firm.for_one[k], firm.for_zero[k]) ^ current) << k
            firm.for_one[k] = 0.0
            firm.for_zero[k] = 0.0
    firm.playbook ^= changed
    return changed
