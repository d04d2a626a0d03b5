"""The claims ledger: claims with decision rules fixed before the run, and their verdicts from stored tables.

ledger: claims and tests as `experiments/claims.toml` has them · effects: what a test is about, from stored tables · verdicts:
from effects to verdicts · attainable: whether a rule can come out either way · report: results/claims.md
"""

from experiments.claims.attainable import unattainable
from experiments.claims.effects import Tables
from experiments.claims.ledger import LEDGER, Ledger, load_ledger
from experiments.claims.report import claims_markdown, claims_table_markdown, write_claims
from experiments.claims.verdicts import Ruling, evaluate

__all__ = [
    "LEDGER",
    "Ledger",
    "Ruling",
    "Tables",
    "claims_markdown",
    "claims_table_markdown",
    "evaluate",
    "load_ledger",
    "unattainable",
    "write_claims",
]
