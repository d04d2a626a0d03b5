"""The runs of a results folder, in parts that survive whatever ends the program.

`runs/` holds NumPy files `part-NUMBER-CHECKSUM.npy`. A part is the rows of many pieces of work as they came, in one record
type (`row_type`), under the SHA-256 of the whole file; so it can be read piecewise without loading it, and a damaged one
is noticed. Parts are only ever added, each written under another name first; small ones are later merged. A row is
found by what decides its numbers: its arm (a digest of scenario and regime) and its seed. Hence more cells or
replications add rows and change none, and a row that was written twice does no harm: both have the same numbers.
"""

import hashlib
import io
import json
import re
import shutil
import time
from collections.abc import Iterable, Iterator, Sequence, Set
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np

from experiments.store.disk import StoreError, put, reason
from simulation.measures import CURVES, NAMES
from simulation.parameters import Regime, Scenario

HEADER: Final = "header.json"  # beside the parts: what they are runs of
HEADERS: Final = (HEADER, "header-copy.json")  # twice, because without it nobody could say what valid runs are runs of
FAILURES: Final = "failures"  # and those that failed
SECONDS_AT_RISK: Final = 5.0  # rows wait in memory for as long at most
BYTES_AT_RISK: Final = 32_000_000  # or until there are so many of them; also the size from which parts are left as they are
MOST_SMALL_PARTS: Final = 64  # when there are more, they are merged


class Part(NamedTuple):
    """One file of rows, and which runs they are."""

    path: Path
    arms: Any  # uint64[rows]
    seeds: Any  # int64[rows]
    small: bool


class Index:
    """Where each run stands: positions count the rows of all parts, one part after the other."""

    def __init__(self, parts: Sequence[Part], given_up: Set[tuple[int, int]] = frozenset()) -> None:
        """given_up: arms and seeds of runs that do not count as missing."""
        self._given_up = given_up
        arms = np.concatenate([np.zeros(0, np.uint64), *(part.arms for part in parts)])
        seeds = np.concatenate([np.zeros(0, np.int64), *(part.seeds for part in parts)])
        self._positions = np.lexsort((seeds, arms))
        self._seeds = seeds[self._positions]
        self.arms, self._starts = np.unique(arms[self._positions], return_index=True)
        self._stops = np.append(self._starts[1:], len(arms))

    def find(self, arm: int, seeds: Any) -> Any:
        """Positions of an arm's runs with these seeds (int64[n]); -1 where there is no such run."""
        seeds = np.asarray(seeds, np.int64)
        i = int(np.searchsorted(self.arms, np.uint64(arm)))
        if i == len(self.arms) or self.arms[i] != np.uint64(arm):
            return np.full(len(seeds), -1)
        start, stop = self._starts[i], self._stops[i]
        places = np.searchsorted(self._seeds[start:stop], seeds)
        places = np.minimum(places, stop - start - 1) + start
        return np.where(self._seeds[places] == seeds, self._positions[places], -1)

    def missing(self, arm: int, seeds: Any) -> list[int]:
        """Those of the seeds with which the arm is still to be run."""
        seeds = np.asarray(seeds, np.int64)
        return [seed for seed in seeds[self.find(arm, seeds) < 0].tolist() if (arm, seed) not in self._given_up]


class Parts:
    """The rows of one folder. Only one process at a time may open them (see `folder.alone`)."""

    def __init__(self, folder: Path, row: Any) -> None:
        """Open what is there, reading every byte of it once. row: the record type; parts without one of its fields do not count.

        Parts that are damaged are set aside: their names are in `damaged` then. Raises StoreError if the folder cannot be
        read or written.
        """
        self.folder, self.row = folder, row
        self.damaged: list[str] = []
        self.given_up: set[tuple[int, int]] = set()  # arms and seeds of runs that failed, not to be tried again for now
        self._parts: list[Part] = []
        self._waiting: list[Any] = []
        self._written = time.monotonic()
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for stray in folder.glob(".part-*"):
                stray.unlink()  # of a run that was killed while writing
            for path in sorted(folder.glob("part-*.npy")):
                self._open(path)
        except OSError as error:
            raise StoreError(f"{folder}: stored runs cannot be opened: {reason(error)}") from None

    def index(self) -> Index:
        """Where each run stands now; rows that still wait in memory are written first."""
        self.flush()
        return Index(self._parts, self.given_up)

    def add(self, rows: Any) -> None:
        """Take rows; every few seconds all that were taken are written. Raises StoreError if that fails."""
        self._waiting.append(rows)
        late = time.monotonic() - self._written > SECONDS_AT_RISK
        if late or sum(rows.nbytes for rows in self._waiting) > BYTES_AT_RISK:
            self.flush()

    def flush(self) -> None:
        """Write the rows taken since the last time as a new part."""
        rows = np.concatenate(self._waiting) if self._waiting else np.zeros(0, self.row)
        if len(rows):
            self._parts.append(self._write(rows))
            self._merge_small()
        self._waiting = []
        self._written = time.monotonic()

    def columns(self, positions: Any, names: Iterable[str]) -> dict[str, Any]:
        """Fields of the rows at `positions` (of an index, with nothing added since); NaN at -1."""
        names = list(names)
        found = {name: np.full((len(positions), *self.row[name].shape), np.nan) for name in names}
        start = 0
        for part in self._parts:
            here = np.flatnonzero((positions >= start) & (positions < start + len(part.arms)))
            if len(here):
                rows, places = np.load(part.path, mmap_mode="r"), positions[here] - start
                for name in names:
                    found[name][here] = rows[name][places]
            start += len(part.arms)
        return found

    def _open(self, path: Path) -> None:
        with open(path, "rb") as file:
            checksum = hashlib.file_digest(file, "sha256").hexdigest()
        if path.stem.rpartition("-")[2] != checksum[:16]:
            self._set_aside(path)
            return
        try:
            rows = np.lib.format.open_memmap(path, mode="r")
            if rows.ndim != 1 or rows.dtype.names is None:
                raise ValueError("it holds no rows")
        except Exception:  # the checksum is right and the content is not: somebody else wrote it, and it may be anything
            self._set_aside(path)
            return
        if all(name in rows.dtype.names and rows.dtype[name] == self.row[name] for name in self.row.names):
            self._parts.append(_part(path, rows))

    def _set_aside(self, path: Path) -> None:
        path.rename(path.with_name(f"damaged-{path.name}"))
        self.damaged.append(f"damaged-{path.name}")

    def _write(self, rows: Any) -> Part:
        """A new part: on disk as a whole before it has a name that counts."""
        content = io.BytesIO()
        np.save(content, rows, allow_pickle=False)
        checksum = hashlib.sha256(content.getbuffer()).hexdigest()
        path = self.folder / f"part-{self._next_number():06}-{checksum[:16]}.npy"
        try:
            put(path, lambda file: file.write(content.getbuffer()))
        except OSError as error:
            what = f"runs cannot be stored: {reason(error)}; those of the last seconds are lost, earlier ones are kept"
            raise StoreError(f"{self.folder}: {what}, and the same command goes on from there") from None
        return _part(path, rows)

    def _next_number(self) -> int:
        numbers = (re.search(r"part-(\d+)", path.name) for path in self.folder.glob("*part-*.npy"))  # also of copies
        return max((int(found[1]) for found in numbers if found), default=0) + 1

    def _merge_small(self) -> None:
        """Many small parts become few larger ones; killed in between, some rows are there twice."""
        small = [part for part in self._parts if part.small]
        if len(small) <= MOST_SMALL_PARTS:
            return
        merged = [part for part in self._parts if not part.small]
        for group in _groups(small):
            merged.append(self._write(self._rows_of(group)))
            for part in group:
                part.path.unlink()
        self._parts = merged

    def _rows_of(self, parts: Sequence[Part]) -> Any:
        """Each run of the parts once."""
        rows = np.zeros(sum(len(part.arms) for part in parts), self.row)
        start = 0
        for part in parts:
            content = np.load(part.path)
            for name in self.row.names:
                rows[name][start : start + len(content)] = content[name]
            start += len(content)
        return rows[np.unique(rows[["arm", "seed"]], return_index=True)[1]]


def _groups(parts: Iterable[Part]) -> Iterator[list[Part]]:
    """The parts in groups of about the size from which parts are left as they are."""
    group: list[Part] = []
    for part in parts:
        group.append(part)
        if sum(part.path.stat().st_size for part in group) > BYTES_AT_RISK:
            yield group
            group = []
    if group:
        yield group


def row_type(n_ages: int) -> Any:
    """Record type of a run: arm, seed, a float64 per measure, and if there are ages `curves`, float64[len(CURVES), n_ages]."""
    fields: list[Any] = [("arm", np.uint64), ("seed", np.int64), *((name, np.float64) for name in NAMES)]
    return np.dtype([*fields, ("curves", np.float64, (len(CURVES), n_ages))] if n_ages else fields)


def discard(folder: Path) -> None:
    """Remove stored runs and everything about them, and nothing else."""
    try:
        for pattern in ("part-*.npy", "damaged-part-*.npy", *HEADERS, f"{FAILURES}.jsonl"):
            for path in folder.glob(pattern):
                path.unlink()
        shutil.rmtree(folder / FAILURES, ignore_errors=True)
    except OSError as error:
        raise StoreError(f"{folder}: stored runs cannot be removed: {reason(error)}") from None


def arm_key(scenario: Scenario, regime: Regime) -> int:
    """64 bits of the SHA-256 of all numbers of scenario and regime, in full precision."""
    numbers = {"scenario": scenario.model_dump(), "regime": regime.model_dump()}
    text = json.dumps(numbers, sort_keys=True)
    return int(hashlib.sha256(text.encode()).hexdigest()[:16], 16)


def _part(path: Path, rows: Any) -> Part:
    return Part(path, rows["arm"].copy(), rows["seed"].copy(), rows.nbytes < BYTES_AT_RISK)
