"""What compilation costs us in notation, kept in one place.

Numba was chosen because it compiles plain Python functions, so that one text of the rules serves both engines; Cython, C or
Rust would each need a second text of every rule.
"""

from collections.abc import Callable
from typing import Final, TypeVar, cast

from numba import njit
from numba.extending import register_jitable

F = TypeVar("F", bound=Callable[..., object])


# Reference counting is off: the kernel only writes into arrays that outlive it, and counting cost more than half of the
# time. No wrappers for calls from Python, which never come: they cost a third of the compilation.
INNER: Final[dict[str, bool]] = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}


def rule(function: F) -> F:
    """Mark a rule: plain Python when called from Python, compiled when called from compiled code."""
    return cast(F, register_jitable(**INNER)(function))


def kernel(function: F) -> F:
    """Mark a function of the compiled engine that other compiled functions call; it may not make arrays."""
    return cast(F, njit(nogil=True, forceinline=True, _nrt=False, **INNER)(function))


def entry(function: F) -> F:
    """Mark a compiled function that Python calls; its machine code is kept on disk between runs."""
    return cast(F, njit(nogil=True, cache=True)(function))
