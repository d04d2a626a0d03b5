"""The regimes compared throughout: rows of numbers, nothing else."""

import math
from typing import Final

from simulation.parameters import Regime

STRICT: Final = Regime(
    dispatch="manager",
    divert_below=0.0,
    documentation_hours=3.0,
    sign_off_over=0.0,
    authority_per_level=2.0,
    review_weeks=4.0,
    memory_rate=0.0,
)

PRESETS: Final[dict[str, Regime]] = {
    "strict": STRICT,
    "cluster": STRICT.model_copy(
        update={
            "dispatch": "direct",
            "divert_below": math.inf,
            "documentation_hours": 0.0,
            "sign_off_over": math.inf,
            "guardrail_over": math.inf,
            "review_weeks": math.inf,
            "memory_rate": 0.2,
        }
    ),
    "blended": STRICT.model_copy(
        update={"divert_below": 0.85, "guardrail_over": 3.0, "memory_rate": 0.2, "advice": "adds"},
    ),
    # The hierarchy after value-stream mapping: unneeded hours and steps removed, structure unchanged.
    "lean": STRICT.model_copy(update={"documentation_hours": 0.0, "authority_per_level": 4.0, "advice": "adds"}),
}
# A rep alone: what a cluster is without anybody to ask. It separates "nobody vetoes" from "peers help".
PRESETS["solo"] = PRESETS["cluster"].model_copy(update={"peers_asked": 0, "quorum": 0})

DEFAULT: Final = "blended"  # where none is named

MEANINGS: Final[dict[str, str]] = {
    "strict": "one step-by-step process under managers",
    "cluster": "peers only: no process, no sign-off, no playbook reviews",
    "blended": "the process, and a cluster where it fits badly",
    "lean": "the strict process after trimming steps (value-stream mapping)",
    "solo": "every rep alone: no sign-off, no peers, no documents",
}
