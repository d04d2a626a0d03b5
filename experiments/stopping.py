"""How a command ends when it is told to: Ctrl-C, SIGTERM and SIGHUP alike, once, with what it has safely stored.

Imported before anything else, and thus without anything but the standard library.
"""

import os
import signal
import sys
from types import FrameType
from typing import Final, NoReturn

MOST_CALLS: Final = 3  # the second may be a nervous finger, while runs are being stored; the third means it
INTERRUPTED: Final = 128  # and the number of the signal: 130 for Ctrl-C
_calls: list[int] = []


def listen() -> None:
    """From now on, being told to stop raises KeyboardInterrupt, once. Signals that were to be ignored stay ignored (nohup)."""
    _calls.clear()
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)  # Windows has no SIGHUP
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _stop)


def open_streams() -> None:
    """Fill the places of standard streams that are closed, so that no file that is opened later takes one of them."""
    for place in range(3):
        try:
            os.fstat(place)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - for as long as the process lasts


def exit_code() -> int:
    """The exit code of a command that was told to stop."""
    return INTERRUPTED + (_calls[0] if _calls else signal.SIGINT)


def _stop(number: int, _: FrameType | None) -> None:
    _calls.append(number)
    if len(_calls) == 1:
        raise KeyboardInterrupt
    if len(_calls) >= MOST_CALLS:
        _leave()


def _leave() -> NoReturn:
    os._exit(exit_code())
