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
from llvmlite import ir  # comes with Numba
from numba.core import cgutils, types
from numba.extending import intrinsic, overload, register_jitable

CACHE_LINE: Final = 64  # bytes, on nearly every machine

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


def step(function: F) -> F:
    """Mark a step that both engines take: plain Python for the Mesa model, part of the kernel where compiled code calls it.

    Like the kernel's own functions, it may not make arrays.
    """
    return register_jitable(nogil=True, forceinline=True, _nrt=False, **INNER)(function)


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


def fetch(rows: Any, n: int) -> None:
    """Have row n of an array on its way from main memory by the time it is visited. No effect on any result."""


@overload(fetch, inline="always")
def _compiled_fetch(rows, n):  # type: ignore[no-untyped-def]  # Numba compares the two signatures to the letter
    return lambda rows, n: _prefetch(rows, n)  # type: ignore[call-arg]


@intrinsic
def _prefetch(_typing: Any, rows: Any, n: Any) -> Any:
    """The processor's prefetch instruction, for each cache line of a row. Numba offers none, LLVM does."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        kind, byte, number = signature.args[0], ir.IntType(8).as_pointer(), ir.IntType(32)
        index = context.cast(builder, arguments[1], signature.args[1], types.intp)
        array = context.make_array(kind)(context, builder, arguments[0])
        row = builder.bitcast(cgutils.get_item_pointer(context, builder, kind, array, [index]), byte)  # type: ignore[no-untyped-call]
        prefetch = builder.module.declare_intrinsic(
            "llvm.prefetch", [byte], ir.FunctionType(ir.VoidType(), [byte, number, number, number])
        )
        for offset in range(0, kind.dtype.size, CACHE_LINE):
            line = builder.gep(row, [ir.Constant(ir.IntType(64), offset)])
            builder.call(prefetch, [line, number(1), number(3), number(1)])  # to be written, keep it near, data
        return context.get_dummy_value()

    return types.void(rows, n), generate


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
