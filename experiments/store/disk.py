"""Files on disk as a store needs them: ordinary ones, reached through no link, read up to a bound, and written for good."""

import errno
import json
import os
import stat
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import IO, Any, Final

from experiments.design.bounded import deeper_than

MOST_BYTES: Final = 50_000_000  # of a header or a manifest; the longest so far has a thousandth of it
DEEPEST: Final = 50  # tables within tables


class StoreError(OSError):
    """Results cannot be written (or read). `str()` gives a message to show as it is."""

    def __init__(self, message: str) -> None:
        super().__init__(message)


def reason(error: OSError) -> str:
    """What the system says about an error, without the number."""
    return error.strerror or str(error)


def check_ordinary(folder: Path, names: Iterable[str]) -> None:
    """Refuse links, devices and pipes where results are kept, so that nothing outside the folder is ever touched.

    names: with / between parts; a name that ends in / is a folder, and all that is in it is looked at. What is not there is no
    hindrance. Raises StoreError naming what is in the way.
    """
    for name in names:
        path = folder
        for part in PurePosixPath(name).parts:
            path /= part
            _check_ordinary(path)
        if name.endswith("/"):
            for place, folders, files in os.walk(path):
                for inside in (*folders, *files):
                    _check_ordinary(Path(place, inside))


def _check_ordinary(path: Path) -> None:
    try:
        mode = os.lstat(path).st_mode
    except OSError:
        return  # it is not there, or what stands above it has been refused or will be
    if stat.S_ISLNK(mode) or getattr(os.path, "isjunction", lambda _: False)(path):
        what = "is a link, and results are neither written nor removed through links"
    elif stat.S_ISREG(mode) or stat.S_ISDIR(mode):
        return
    else:
        what = "is neither a file nor a folder"
    raise StoreError(f"{path}: {what}; remove it, or name another folder with --results")


def read_bytes(path: Path, most: int) -> bytes:
    """The content of an ordinary file. Raises OSError for devices, pipes and folders, and for more bytes than `most`."""
    if not stat.S_ISREG(os.stat(path).st_mode):
        raise OSError(errno.EINVAL, "it is not an ordinary file", str(path))
    with open(path, "rb") as file:
        content = file.read(most + 1)
    if len(content) > most:
        raise OSError(errno.EFBIG, f"it holds more than {most / 1e6:g} MB", str(path))
    return content


def read_json(path: Path) -> Any:
    """Plain data. Raises OSError if it cannot be read, ValueError if it is not JSON or nested beyond all measure."""
    try:
        data = json.loads(read_bytes(path, MOST_BYTES))
    except RecursionError:
        raise ValueError("it is nested too deep") from None
    if deeper_than(data, DEEPEST):
        raise ValueError("it is nested too deep")
    return data


def put(path: Path, fill: Callable[[IO[bytes]], object]) -> None:
    """Fill a new file in the same folder, then let it take the place of `path`; both are on disk when this returns.

    Raises OSError; `path` is as it was then.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _remove(temporary)
        with open(temporary, "xb") as file:  # never through a link that lies there
            fill(file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
        sync_folder(path.parent)
    finally:
        with suppress(OSError):
            _remove(temporary)


def _remove(path: Path) -> None:
    if os.path.lexists(path):
        path.unlink()


def sync_all(folder: Path) -> None:
    """Have all files of a folder and their names on disk, before a new name vouches for them."""
    for place, _, files in os.walk(folder):
        for name in files:
            with open(Path(place, name), "rb+") as file:
                os.fsync(file.fileno())
        sync_folder(Path(place))


def sync_folder(folder: Path) -> None:
    """Have the names in a folder on disk as well, where the system can do that (Windows cannot)."""
    if hasattr(os, "O_DIRECTORY"):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
