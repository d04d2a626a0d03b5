"""Config files of any origin: how large, how deep and how long they may be is asked before they are taken seriously."""

import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from simulation.loading import Fault, InputError, read_toml

MOST_BYTES: Final = 20_000_000  # as many as 200,000 points one by one take
DEEPEST: Final = 20  # tables and lists within each other
LONGEST_KEY: Final = 100
LONGEST_TEXT: Final = 10_000
MOST_DIGITS: Final = 18
MOST_FAULTS: Final = 20


def read_config(path: str | Path) -> dict[str, Any]:
    """The contents of a TOML file. Raises InputError if it cannot be read, is not TOML, or is out of all proportion."""
    try:
        found = Path(path).stat()
    except (OSError, ValueError):
        return read_toml(path)  # which says what is wrong
    if not stat.S_ISREG(found.st_mode):
        kind = "a folder" if stat.S_ISDIR(found.st_mode) else "a device or a pipe"
        raise InputError(str(path), [Fault("", f"is {kind}, not a file")])
    if found.st_size > MOST_BYTES:
        what = f"has {found.st_size / 1e6:,.1f} MB; allowed are {MOST_BYTES / 1e6:g} MB at most"
        raise InputError(str(path), [Fault("", what)])
    data = read_toml(path)
    if faults := size_faults(data):
        raise InputError(str(path), faults)
    return data


def size_faults(data: Mapping[str, Any]) -> list[Fault]:
    """What would make checking itself a burden, or its words unreadable; found without recursion, however deep it lies."""
    faults: list[Fault] = []
    for key, name, value, depth in _values(data, DEEPEST):
        if len(name) > LONGEST_KEY:
            what = f"is a key of {len(name):,} characters; allowed are {LONGEST_KEY} at most"
            faults.append(Fault(f"{key[:LONGEST_KEY]}…", what))
        elif not name.isprintable():
            faults.append(Fault(repr(key), "is a key with characters that cannot be shown"))
        elif depth > DEEPEST:
            faults.append(Fault(f"{key[:LONGEST_KEY]}…", f"is nested too deep; allowed are {DEEPEST} tables or lists at most"))
        elif isinstance(value, str) and len(value) > LONGEST_TEXT:
            faults.append(Fault(key, f"is a text of {len(value):,} characters; allowed are {LONGEST_TEXT:,} at most"))
        elif isinstance(value, int) and abs(value) >= 10**MOST_DIGITS:
            faults.append(Fault(key, f"is a number of more than {MOST_DIGITS} digits"))
        if len(faults) == MOST_FAULTS:
            break
    return faults


def deeper_than(data: object, most: int) -> bool:
    """Whether plain data have more tables and lists within each other."""
    return any(depth > most for _, _, _, depth in _values(data, most))


def _values(data: object, deepest: int) -> Iterator[tuple[str, str, object, int]]:
    """All tables, lists and single values with dotted key, last name and depth; of what lies deeper, only that it is there."""
    waiting: list[tuple[str, str, object, int]] = [("", "", data, 0)]
    while waiting:
        key, name, value, depth = waiting.pop()
        yield key, name, value, depth
        if depth > deepest:
            continue
        if isinstance(value, Mapping):
            prefix = f"{key}." if key else ""
            waiting += [(prefix + str(inner), str(inner), value[inner], depth + 1) for inner in reversed(value)]
        elif isinstance(value, list):
            waiting += [(key, name, inner, depth + 1) for inner in reversed(value)]
