"""Results folders that survive: a file or a folder is there as a whole, in its old or in its new state.

New results are written into `.partial` inside the results folder. When all of them are there, `.partial` is
renamed to `.complete`, and from there they take the place of the old ones. A run that is killed before the
renaming leaves the old results as they were; one that is killed after it is carried through by whoever opens
the folder next.
"""

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath
from typing import IO, Any, Final

import pandas as pd
import tomli_w
from filelock import FileLock, Timeout
from pandas.api.types import is_float_dtype

CONFIG: Final = "config.toml"
MANIFEST: Final = "manifest.json"
INVENTORY: Final = "files"  # key of the manifest: what belongs to these results
MOST_CSV_VALUES: Final = 28_000  # the curves of one firm under four regimes are still CSV; Parquet is a sixth of the size
DIGITS: Final = 6  # significant digits of estimates in tables; the runs have them all
ESTIMATES: Final = ("mean", "sd", "low", "high", "half_width", "lead", "p", "q", "value")
LOCK: Final = ".lock"
_PARTIAL: Final = ".partial"
_COMPLETE: Final = ".complete"


class StoreError(OSError):
    """Results cannot be written (or read). `str()` gives a message to show as it is."""

    def __init__(self, message: str) -> None:
        super().__init__(message)


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
    """Keep other processes of ours out of a folder; the lock of a killed one is gone with it.

    Raises StoreError if another one is in there.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / LOCK, timeout=0)
        lock.acquire()
    except Timeout:
        what = "another process is at work in this folder"
        raise StoreError(f"{folder}: {what}; wait until it is done, or name another folder with --results") from None
    except OSError as error:
        raise StoreError(f"{folder}: cannot be locked against other processes: {reason(error)}") from None
    try:
        yield
    finally:
        lock.release()


def check_nothing_foreign(folder: Path, names: Iterable[str]) -> None:
    """Find out before computing whether results would overwrite files that no earlier results list as theirs.

    names: the files results will have; a name that ends in / is a folder. Raises StoreError naming what is in the way.
    """
    finish_replacing(folder)
    ours = set(inventory(folder))
    for name in names:
        path = folder / name
        foreign = not path.is_dir() if name.endswith("/") else name not in ours
        if os.path.lexists(path) and foreign:
            what = f"{name.rstrip('/')} is there and was not written by an earlier run"
            raise StoreError(f"{folder}: {what}; name another folder with --results, or move it away")


@contextmanager
def replacing(folder: Path) -> Iterator[Path]:
    """A folder to write new results into; when the block ends well, they replace those in `folder`.

    If it does not, the earlier results stay as they were. Files that are not in the earlier results' manifest
    are never removed. Raises StoreError when the disk is full or the folder cannot be written.
    """
    partial = folder / _PARTIAL
    try:
        finish_replacing(folder)
        try:
            shutil.rmtree(partial, ignore_errors=True)  # of a run that was killed
            partial.mkdir(parents=True)
            yield partial
            partial.rename(folder / _COMPLETE)
        except OSError as error:
            what = f"writing results failed: {reason(error)}"
            raise StoreError(f"{folder}: {what}; earlier results are as they were") from None
        finish_replacing(folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def finish_replacing(folder: Path) -> None:
    """Move complete new results to their place, also those of a run that was killed while doing so.

    Raises StoreError if a file cannot be replaced (another program may hold it); nothing is lost then.
    """
    complete = folder / _COMPLETE
    if not complete.is_dir():
        return
    try:
        if (complete / MANIFEST).exists():
            _remove_stale(folder, set(inventory(complete)))
        for path in sorted(complete.rglob("*"), key=lambda path: (path.name == MANIFEST, path)):
            if path.is_file():
                target = folder / path.relative_to(complete)
                target.parent.mkdir(parents=True, exist_ok=True)
                os.replace(path, target)
        shutil.rmtree(complete)
    except OSError as error:
        raise StoreError(
            f"{folder}: {reason(error)} ({error.filename}); the new results are complete in {complete}, "
            "and the next run will move them to their place"
        ) from None


def _remove_stale(folder: Path, new: set[str]) -> None:
    """Remove what the earlier results list as theirs and the new ones do not have."""
    for name in inventory(folder):
        if name not in new:
            path = folder / name
            path.unlink(missing_ok=True)
            if path.parent != folder and path.parent.is_dir() and not any(path.parent.iterdir()):
                path.parent.rmdir()


def inventory(folder: Path) -> list[str]:
    """The files that the folder's manifest lists (without those that would lie elsewhere); [] without one."""
    try:
        names = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))[INVENTORY]
    except (OSError, ValueError, KeyError, TypeError):
        return []
    if not isinstance(names, list):
        return []
    return [name for name in names if isinstance(name, str) and _stays_inside(name)]


def files_in(folder: Path) -> list[str]:
    """Names of all files in a folder and its subfolders, in alphabetical order, with / between parts."""
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


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
    """Fill a temporary file in the same folder, then let it take the place of `path`."""
    temporary = path.with_name(f".{path.name}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(temporary, "wb") as file:
            fill(file)
        os.replace(temporary, path)
    except OSError as error:
        raise StoreError(f"{path}: cannot be written: {reason(error)}") from None
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def _stays_inside(name: str) -> bool:
    path = PurePosixPath(name)
    return bool(path.parts) and not path.is_absolute() and ".." not in path.parts and "\\" not in name


def reason(error: OSError) -> str:
    """What the system says about an error, without the number."""
    return error.strerror or str(error)
