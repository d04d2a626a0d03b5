"""The words of the record as small integers that both engines can write: everything that stands in an event log as a code."""

from typing import Final

# Activities (event log, column `activity`).
OPEN: Final = 0
DISCOVER: Final = 1
DOCUMENT: Final = 2
CONSULT: Final = 3
REVIEW: Final = 4
DRAFT: Final = 5
CONFER: Final = 6
REPLY: Final = 7
LEAVE: Final = 8
STILL_OPEN: Final = 9
PROSPECT: Final = 10
TURNOVER: Final = 11
PLAYBOOK_REVIEW: Final = 12
SHIFT: Final = 13
TAKE_IN: Final = 14
NOTHING: Final = -1  # a free rep or manager
ACTIVITIES: Final = (
    "open", "discover", "document", "consult", "review", "draft", "confer", "reply", "leave", "still open",
    "prospect", "turnover", "playbook review", "market shift", "take in",
)

# Stages: where a case is at any instant of its life. GONE also covers won and lost.
NO_STAGE: Final = 0
REP_INBOX: Final = 1
REP_HANDS: Final = 2
PEERS: Final = 3
MANAGER_INBOX: Final = 4
MANAGER_HANDS: Final = 5
CUSTOMER: Final = 6
GONE: Final = 7
STAGES: Final = (
    "", "rep's inbox", "rep's hands", "peers", "manager's inbox", "manager's hands", "customer", "gone",
)

# Paths.
NO_PATH: Final = 0
PROCESS: Final = 1
CLUSTER: Final = 2
PATHS: Final = ("", "process", "cluster")

# Outcomes of a row.
DONE: Final = 0
SANCTIONED: Final = 1  # discover: went to the cluster and was punished for it
DROPPED: Final = 2  # came to the top of an inbox after the customer had gone (or after the rep had acted)
WASTED: Final = 3  # finished after the customer had gone (or after the rep had acted)
UNFINISHED: Final = 4  # in hand at the horizon
WAITING: Final = 5  # in an inbox at the horizon
WON: Final = 6
LOST: Final = 7
STAYS: Final = 8
ARRIVED: Final = 9
CREATED: Final = 10
OPENED: Final = 11  # prospect: the customer reached opened an opportunity
NOT_OPENED: Final = 12
FORGOTTEN: Final = 13  # came to the top of an inbox after it had been forgotten there
OUTCOMES: Final = (
    "done", "sanctioned", "dropped", "wasted", "unfinished", "waiting", "won", "lost", "stays", "arrived",
    "created", "opened", "not opened", "forgotten",
)

# Resources that are neither rep nor manager. Reps are 0..n_reps-1, managers follow.
THE_CUSTOMER: Final = -1
THE_FIRM: Final = -2
NO_CASE: Final = -1

# What a manager's reading does (regime parameter `advice`).
VETO: Final = 0
ADDS: Final = 1
ANY: Final = 2
ADVICE: Final = ("veto", "adds", "any")
