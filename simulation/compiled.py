"""What compilation costs us in notation, kept in one place.

Numba was chosen because it compiles plain Python functions, so that one text of the rules serves both engines; Cython, C or
Rust would each need a second text of every rule.
"""

import ast
import hashlib
import os
import shutil
import struct
import tempfile
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, Final, TypeVar, cast

import llvmlite  # comes with Numba
import numba
import numpy as np
from numba.core import caching
from numba.extending import overload, register_jitable

CACHE_LINE: Final = 64  # bytes, on nearly every machine

F = TypeVar("F", bound=Callable[..., object])

_NUMBER: Final = struct.Struct("<d")
_WHOLE: Final = struct.Struct("<q")

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
    """Mark a compiled function that Python calls; its machine code is kept on disk between runs."""
    compiled = njit(nogil=True)(function)
    if _cache_folder() and not config.DISABLE_JIT:
        compiled._cache = _KeptCode(function)  # type: ignore[no-untyped-call]
    return cast(F, compiled)


def bits_of(x: float) -> int:
    """The 64 bits of a number, as a whole number with a sign."""
    return cast(int, _WHOLE.unpack(_NUMBER.pack(x))[0])


@overload(bits_of)
def _compiled_bits_of(x):  # type: ignore[no-untyped-def]  # Numba compares the two signatures to the letter
    return lambda x: np.float64(x).view(np.int64)


def from_bits(bits: int) -> float:
    """The number with these bits."""
    return cast(float, _NUMBER.unpack(_WHOLE.pack(bits))[0])


@overload(from_bits)
def _compiled_from_bits(bits):  # type: ignore[no-untyped-def]
    return lambda bits: np.int64(bits).view(np.float64)


@cache
def model_digest() -> str:
    """SHA-256 of what the model's code says: two equal digests give equal results.

    Comments, docstrings and layout say nothing, and it is the same on every version of Python. Left out is what decides no
    result: closed forms, and the package's own file with its version and the names it offers.
    """
    home = Path(__file__).parent
    digest = hashlib.sha256()
    for path in sorted(set(home.rglob("*.py")) - set((home / "theory").rglob("*.py")) - {home / "__init__.py"}):
        digest.update(f"{path.relative_to(home).as_posix()}\0{_meaning(path)}\0".encode())
    return digest.hexdigest()


@cache
def _meaning(path: Path) -> str:
    """What a file's code says, without what only its readers need."""
    words: list[str] = []
    _spell(ast.parse(path.read_bytes()), words)
    return "".join(words)


def _spell(said: Any, words: list[str]) -> None:
    """Append a syntax tree as text: of each node the class and those fields, by name, that are not empty.

    `ast.dump` would not do: from one version of Python to the next, fields come, and empty ones go.
    """
    if isinstance(said, ast.Constant):
        words.append(f"{type(said.value).__name__} {said.value!r}")
    elif isinstance(said, ast.AST):
        words.append(f"{type(said).__name__}(")
        for name in sorted(said._fields):
            value = _part(said, name)
            if value is not None and value != [] and not isinstance(value, ast.expr_context):
                words.append(f"{name}=")
                _spell(value, words)
        words.append(")")
    elif isinstance(said, list):
        words.append("[")
        for item in said:
            _spell(item, words)
            words.append(",")
        words.append("]")
    else:
        words.append(f"{said!r} ")


def _part(node: ast.AST, name: str) -> Any:
    value = getattr(node, name, None)
    return [item for item in value if not _says_nothing(item, node)] if isinstance(value, list) else value


def _says_nothing(item: Any, where: ast.AST) -> bool:
    """Whether it is a docstring or another string that stands alone, or an empty text that only Python 3.12 sees in f-strings."""
    if isinstance(item, ast.Expr):
        return isinstance(item.value, ast.Constant) and isinstance(item.value.value, str)
    return isinstance(where, ast.JoinedStr) and isinstance(item, ast.Constant) and item.value == ""


class _InFolder(caching._CacheLocator):
    """Tells Numba where a function's machine code lies and when it is out of date."""

    def __init__(self, file: str) -> None:
        self._py_file = file  # where Numba's warnings point to

    @classmethod
    def from_function(cls, _function: Any, file: str) -> "_InFolder":
        return cls(file)

    def get_cache_path(self) -> str:
        return str(_cache_folder())

    def get_source_stamp(self) -> tuple[object, ...]:
        """All that decides the code besides signature, processor and version of Numba, which Numba itself looks at."""
        return model_digest(), _meaning(Path(self._py_file)), llvmlite.__version__, config.OPT, config.BOUNDSCHECK

    def get_disambiguator(self) -> str:
        """Tells functions of equal name in files of equal name apart."""
        return hashlib.sha256(_meaning(Path(self._py_file)).encode()).hexdigest()[:10]


class _InFolderOnly(caching.CompileResultCacheImpl):
    def __init__(self, function: Any) -> None:
        self._locator_classes = [_InFolder]  # type: ignore[list-item]
        before = getattr(config, "CACHE_LOCATOR_CLASSES", "")
        config.CACHE_LOCATOR_CLASSES = ""  # from the environment; they would come before ours
        try:
            super().__init__(function)  # type: ignore[no-untyped-call]
        finally:
            config.CACHE_LOCATOR_CLASSES = before


class _KeptCode(caching.FunctionCache):
    """Machine code on disk, in a folder named after the model's digest and nowhere else.

    Numba by itself looks at the file of the function alone, so after a change to a rule it would go on with the old code;
    and where it cannot write, it looks for code in places of its own.
    """

    _impl_class = _InFolderOnly

    def save_overload(self, sig: Any, data: Any) -> None:
        """Keep the code if there is room: a full disk stops no run."""
        with suppress(OSError):
            super().save_overload(sig, data)  # type: ignore[no-untyped-call]


@cache
def _cache_folder() -> Path | None:
    """The first folder that can be written to, or None: NUMBA_CACHE_DIR, beside the package, the system's for temporary files."""
    name = f"sellsim-{model_digest()[:16]}"
    beside = Path(__file__).parent / "__pycache__"
    if config.CACHE_DIR and _usable(Path(config.CACHE_DIR) / name):
        return Path(config.CACHE_DIR) / name
    if _usable(beside / name):
        for old in beside.glob("sellsim-*"):
            if old.name != name:
                shutil.rmtree(old, ignore_errors=True)
        return beside / name
    owner = os.getuid() if hasattr(os, "getuid") else ""
    temporary = Path(tempfile.gettempdir()) / f"{name}-{owner}"
    return temporary if _usable(temporary, 0o700) and temporary.stat().st_uid == (owner or 0) else None


def _usable(folder: Path, mode: int = 0o777) -> bool:
    try:
        folder.mkdir(mode, parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError:
        return False
    return True
