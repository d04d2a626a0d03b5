"""What compilation costs us in notation, kept in one place.

Numba was chosen because it compiles plain Python functions, so that one text of the rules serves both engines; Cython, C or
Rust would each need a second text of every rule.
"""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, Final, TypeVar, cast

import numba
from numba.extending import register_jitable

F = TypeVar("F", bound=Callable[..., object])


njit: Final[Any] = numba.njit
config: Final[Any] = numba.config

# No wrappers for calls from Python, which never come to inner functions: they cost a third of the compilation.
INNER: Final[dict[str, Any]] = {"error_model": "numpy", "no_cpython_wrapper": True, "no_cfunc_wrapper": True}


def rule(function: F) -> F:
    """Mark a rule: plain Python when called from Python, compiled when called from compiled code."""
    return register_jitable(**INNER)(function)


def kernel(function: F) -> F:
    """Mark a function of the compiled engine that other compiled functions call.

    Reference counting is off, so it may not make arrays: it only writes into those that outlive it. Counting cost more than
    half of the time.
    """
    return cast(F, njit(nogil=True, forceinline=True, _nrt=False, **INNER)(function))


def entry(function: F) -> F:
    """Mark a compiled function that Python calls; its machine code is kept on disk between runs.

    Numba looks at the date of the file of `function` alone, so after a change to a rule it would go on with the old code.
    The folder it keeps the code in is therefore named after the sources of the whole model.
    """
    before = config.CACHE_DIR
    config.CACHE_DIR = str(_cache_folder())
    try:
        return cast(F, njit(nogil=True, cache=True)(function))
    finally:
        config.CACHE_DIR = before


@cache
def model_digest() -> str:
    """SHA-256 of the model's sources: two equal digests give equal results. Closed forms decide no result and are left out."""
    home = Path(__file__).parent
    digest = hashlib.sha256()
    for path in sorted(set(home.rglob("*.py")) - set((home / "theory").rglob("*.py"))):
        digest.update(str(path.relative_to(home).as_posix()).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


@cache
def _cache_folder() -> Path:
    name = f"sellsim-{model_digest()[:16]}"
    if config.CACHE_DIR:
        return Path(config.CACHE_DIR) / name
    beside = Path(__file__).parent / "__pycache__"
    if os.access(beside if beside.exists() else beside.parent, os.W_OK):
        for old in beside.glob("sellsim-*"):
            if old.name != name:
                shutil.rmtree(old, ignore_errors=True)
        return beside / name
    return Path(tempfile.gettempdir()) / f"{name}-{os.getuid() if hasattr(os, 'getuid') else ''}"
