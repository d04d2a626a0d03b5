"""Results folders that survive: a file or a folder is there as a whole, in its old or in its new state.

New results are written into `.partial` inside the results folder. When all of them are there, `.partial` is
renamed to `.complete`, and from there they take the place of the old ones. A run that is killed before the
renaming leaves the old results as they were; one that is killed after it is carried through by whoever opens
the folder next. Before each renaming, what it vouches for is on disk. Nothing is written or removed through links.
"""

import json
import logging
import os
import shutil
import tempfile
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, Any, Final

import pandas as pd
import tomli_w
from filelock import FileLock, Timeout
from pandas.api.types import is_float_dtype

from experiments.store.disk import StoreError, check_ordinary, put, read_json, reason, sync_all, sync_folder

CONFIG: Final = "config.toml"
MANIFEST: Final = "manifest.json"
INVENTORY: Final = "files"  # key of the manifest: what belongs to these results
MOST_CSV_VALUES: Final = 28_000  # the curves of one firm under four regimes are still CSV; Parquet is a sixth of the size
DIGITS: Final = 6  # significant digits of estimates in tables; the runs have them all
ESTIMATES: Final = ("mean", "sd", "low", "high", "half_width", "lead", "p", "q", "value")
LOCK: Final = ".lock"
RUNS: Final = "runs"  # subfolder with the stored runs, which outlives what is made of them
ASIDE: Final = "set-aside"  # with a number: what was in the way of results, and nobody knows whose it is
_PARTIAL: Final = ".partial"
_COMPLETE: Final = ".complete"


def check_writable(folder: Path) -> None:
    """Find out before hours of computing whether results can be written; leaves nothing behind.

    Raises StoreError naming the folder and what is in the way.
    """
    there = folder
    while not os.path.lexists(there) and there != there.parent:
        there = there.parent
    if not there.is_dir():
        raise StoreError(f"{folder}: results cannot be written here, because {there} is not a folder")
    try:
        with tempfile.TemporaryFile(dir=there):
            pass
    except OSError as error:
        raise StoreError(f"{folder}: results cannot be written here: {reason(error)} ({there})") from None


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Keep other commands that write out of a results folder; the lock of a killed one is gone with it.

    Raises StoreError if another one is in there.
    """
    check_ordinary(folder, (LOCK,))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if (folder / LOCK).exists() and (folder / LOCK).stat().st_size:
            raise StoreError(f"{folder / LOCK}: is not a lock of ours, which would be empty; move it away")
        lock = FileLock(folder / LOCK, timeout=0)
        lock.acquire()
    except Timeout:
        what = "another process is at work in this folder"
        raise StoreError(f"{folder}: {what}; wait until it is done, or name another folder with --results") from None
    except StoreError:
        raise
    except OSError as error:
        raise StoreError(f"{folder}: cannot be locked against other processes: {reason(error)}") from None
    try:
        yield
    finally:
        lock.release()


def check_nothing_foreign(folder: Path, names: Iterable[str]) -> None:
    """Find out before computing whether results would overwrite files that no earlier results list as theirs.

    names: the files results will have; a name that ends in / is a folder. Raises StoreError naming what is in the way. Where
    no sound manifest says whose files are, but runs of ours are stored or the manifest is damaged, copies of them are set
    aside instead, so that the same command makes such results again.
    """
    names = list(names)
    check_ordinary(folder, [*names, f"{_PARTIAL}/", f"{_COMPLETE}/"])
    finish_replacing(folder)
    ours = set(inventory(folder))
    check_ordinary(folder, ours)
    there = [name for name in names if os.path.lexists(folder / name)]
    for name in there:
        if (folder / name).is_dir() != name.endswith("/"):
            kind = "a file" if name.endswith("/") else "a folder"
            raise _in_the_way(folder, f"{name.rstrip('/')} is there and is {kind}")
    foreign = [name for name in there if not name.endswith("/") and name not in ours]
    if foreign and (ours or not _are_remains(folder)):
        raise _in_the_way(folder, f"{foreign[0]} is there and was not written by an earlier run")
    if foreign:
        _copy_aside(folder, foreign)


def _in_the_way(folder: Path, what: str) -> StoreError:
    return StoreError(f"{folder}: {what}; name another folder with --results, or move it away")


def _are_remains(folder: Path) -> bool:
    """Whether these are results of ours without their manifest: there are stored runs, or a manifest that is not even JSON."""
    try:
        read_json(folder / MANIFEST)
        damaged = False
    except OSError:
        damaged = False
    except ValueError:
        damaged = True
    return damaged or any((folder / RUNS).glob("part-*.npy"))


def _copy_aside(folder: Path, names: Iterable[str]) -> None:
    """Keep copies of files before results take their place."""
    aside = _place_aside(folder)
    try:
        aside.mkdir()
        for name in names:
            _copy(folder / name, aside / name)
        sync_all(aside)
    except OSError as error:
        raise StoreError(f"{folder}: files in the way of results cannot be copied to {aside}: {reason(error)}") from None
    logging.warning(f"{folder}: {MANIFEST} is missing or damaged; copies of the files that it should list are in {aside}.")


def _copy(path: Path, target: Path) -> None:
    """The same content under another name, also once another file has taken the place of `path`."""
    try:
        os.link(path, target)
    except OSError:  # not on every file system
        shutil.copy2(path, target)


def _place_aside(folder: Path) -> Path:
    number = 1
    while os.path.lexists(folder / f"{ASIDE}-{number}"):
        number += 1
    return folder / f"{ASIDE}-{number}"


@contextmanager
def replacing(folder: Path) -> Iterator[Path]:
    """A folder to write new results into; when the block ends well, they replace those in `folder`.

    If it does not, the earlier results stay as they were. Files that are not in the earlier results' manifest
    are never removed. Raises StoreError when the disk is full or the folder cannot be written.
    """
    check_ordinary(folder, (f"{_PARTIAL}/",))
    partial = folder / _PARTIAL
    try:
        finish_replacing(folder)
        try:
            shutil.rmtree(partial, ignore_errors=True)  # of a run that was killed
            partial.mkdir(parents=True)
            yield partial
            sync_all(partial)
            partial.rename(folder / _COMPLETE)
            sync_folder(folder)
        except OSError as error:
            what = f"writing results failed: {reason(error)}"
            raise StoreError(f"{folder}: {what}; earlier results are as they were") from None
        finish_replacing(folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def finish_replacing(folder: Path) -> None:
    """Move complete new results to their place, also those of a run that was killed while doing so.

    What is not complete, though it is called so, is set aside. Raises StoreError if a file cannot be replaced (another program
    may hold it), or if the way to it leads through a link; nothing is lost then.
    """
    complete = folder / _COMPLETE
    check_ordinary(folder, (f"{_COMPLETE}/",))
    if not os.path.lexists(complete):
        return
    new, listed = files_in(complete), inventory(complete)
    check_ordinary(folder, [*new, *inventory(folder)])
    try:
        if not complete.is_dir() or not set(new) <= {*listed, MANIFEST} or (new and not listed):
            aside = _place_aside(folder)
            complete.rename(aside)
            logging.warning(f"{complete}: is damaged and was set aside as {aside}.")
            return
        if new:
            _remove_stale(folder, set(listed))
        for name in sorted(set(new) - {MANIFEST}):
            _move(complete / name, folder / name)
        if new:
            _move(complete / MANIFEST, folder / MANIFEST)
        shutil.rmtree(complete)
        sync_folder(folder)
    except OSError as error:
        raise StoreError(
            f"{folder}: {reason(error)} ({error.filename}); the new results are complete in {complete}, "
            "and the next run will move them to their place"
        ) from None


def _move(path: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    os.replace(path, target)
    sync_folder(target.parent)


def _remove_stale(folder: Path, new: set[str]) -> None:
    """Remove what the earlier results list as theirs and the new ones do not have."""
    for name in inventory(folder):
        path = folder / name
        if name not in new and path.is_file():
            path.unlink()
            if path.parent != folder and not any(path.parent.iterdir()):
                path.parent.rmdir()


def inventory(folder: Path) -> list[str]:
    """The files that the folder's manifest lists (without those that would lie elsewhere); [] without one that is sound."""
    try:
        names = read_json(folder / MANIFEST)[INVENTORY]
    except (OSError, ValueError, KeyError, TypeError):
        return []
    if not isinstance(names, list):
        return []
    return [name for name in names if isinstance(name, str) and _can_be_listed(name)]


def files_in(folder: Path) -> list[str]:
    """Names of all files in a folder and its subfolders, in alphabetical order, with / between parts; not the lock."""
    names = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return sorted(name for name in names if name != LOCK)


def write_table(table: pd.DataFrame, folder: Path, name: str) -> None:
    """A table as NAME.csv, or as NAME.parquet if it is so long that nobody reads it line by line.

    Estimates keep six significant digits (DIGITS), as many as single precision has; all else is exact.
    """
    estimates = [column for column in ESTIMATES if column in table and is_float_dtype(table[column])]
    if table.size > MOST_CSV_VALUES:
        _write_small_parquet(table, estimates, folder / f"{name}.parquet")
    else:
        rounded = {column: [float(f"{value:.{DIGITS}g}") for value in table[column]] for column in estimates}
        write_csv(table.assign(**rounded), folder / f"{name}.csv")


def read_table(
    folder: Path, name: str, columns: Iterable[str] = (), numbers: Collection[str] = ()
) -> pd.DataFrame | None:
    """A table from NAME.csv or NAME.parquet; None if there is neither.

    Raises StoreError if it cannot be read, lacks one of the columns, or has something else among the columns of numbers.
    """
    for suffix, read in ((".csv", pd.read_csv), (".parquet", pd.read_parquet)):
        path = folder / f"{name}{suffix}"
        if path.is_file():
            try:
                table = read(path)
                if lacking := [column for column in columns if column not in table]:
                    raise ValueError(f"it has no column {', '.join(lacking)}")
                return table.assign(**{column: pd.to_numeric(table[column]) for column in numbers if column in table})
            except (OSError, ValueError) as error:
                raise StoreError(f"{path}: damaged ({error}); {mend(folder)}") from None
    return None


def mend(folder: Path) -> str:
    """What to do about results that are missing or damaged."""
    return f"`sellsim run {folder / CONFIG} --results {folder}` makes it again"


def _write_small_parquet(table: pd.DataFrame, estimates: list[str], path: Path) -> None:
    """Estimates in single precision, byte by byte of all rows; everything else, being the same in many rows, by dictionary."""
    words = [column for column in table if isinstance(table[column].dtype, pd.CategoricalDtype)]
    single = table.astype(dict.fromkeys(estimates, "float32") | dict.fromkeys(words, "object"))
    others = [column for column in table if column not in estimates]
    layout: dict[str, Any] = {"use_byte_stream_split": estimates, "use_dictionary": others, "compression": "zstd"}
    _write(path, lambda file: single.to_parquet(file, index=False, **layout))


def write_csv(table: pd.DataFrame, path: Path) -> None:
    """A table as CSV in UTF-8, floats with all their digits, the same bytes on every system."""
    _write(path, lambda file: table.to_csv(file, index=False, lineterminator="\n", encoding="utf-8"))


def write_parquet(table: pd.DataFrame, path: Path) -> None:
    """A table as Parquet."""
    _write(path, lambda file: table.to_parquet(file, index=False))


def write_toml(data: Mapping[str, Any], path: Path) -> None:
    """Plain data as TOML."""
    _write(path, lambda file: tomli_w.dump(data, file, multiline_strings=False))


def write_json(data: Mapping[str, Any], path: Path) -> None:
    """Plain data as indented JSON."""
    text = json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    _write(path, lambda file: file.write(text.encode()))


def write_bytes(data: bytes, path: Path) -> None:
    """Any file."""
    _write(path, lambda file: file.write(data))


def _write(path: Path, fill: Callable[[IO[bytes]], object]) -> None:
    """A file as a whole or not at all."""
    try:
        put(path, fill)
    except OSError as error:
        raise StoreError(f"{path}: cannot be written: {reason(error)}") from None


def _can_be_listed(name: str) -> bool:
    """Whether a name stays within the folder, and is neither a stored run nor a lock, nor anything else that is hidden."""
    path = PurePosixPath(name)
    inside = bool(path.parts) and not path.is_absolute() and ".." not in path.parts and "\\" not in name
    return inside and name.isprintable() and path.parts[0] != RUNS and not path.parts[0].startswith(".")
