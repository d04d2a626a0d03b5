"""One trial: some tests on a copy of the model, in a process of its own.

Uncompiled, it forks from a server that has imported the libraries already, which is most of the work of a short trial.
"""

import multiprocessing
import os
import resource
import signal
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).parents[2]
OPTIONS: Final = ("-v", "-x", "--tb=no", "-rfE", "-o", "faulthandler_timeout=0")  # it counts what others make one wait
LIBRARIES: Final = ("pytest", "_pytest.assertion.rewrite", "hypothesis.strategies", "numba", "pandas", "mesa", "pydantic",
                    "scipy.stats", "tomli_w")
STOPPED: Final = (-signal.SIGXCPU, -signal.SIGKILL)  # exit codes when the processor time is used up


def compiled(copy: Path, tests: list[str], output: Path, seconds: int) -> int:
    """Run tests in a fresh process; what pytest says goes to `output`. Returns its exit code."""
    command = [sys.executable, "-B", "-m", "pytest", *OPTIONS, *tests]
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "0", "COLUMNS": "300"}
    with output.open("w") as file:
        return subprocess.run(
            command, cwd=copy, env=environment, stdout=file, stderr=file, preexec_fn=lambda: _limit(seconds)
        ).returncode


def plain(copy: Path, tests: list[str], output: Path, seconds: int) -> int:
    """The same with the model as plain Python."""
    process = _server().Process(target=_run, args=(copy, tests, output, seconds))
    process.start()
    process.join()
    return int(process.exitcode)


@cache
def _server() -> Any:
    """Takes the environment along with which it is started."""
    os.environ |= {"NUMBA_DISABLE_JIT": "1", "COLUMNS": "300"}
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(LIBRARIES))
    return context


def _run(copy: Path, tests: list[str], output: Path, seconds: int) -> None:
    _limit(seconds)
    with output.open("w") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    _move_to(copy)
    import pytest

    sys.exit(int(pytest.main([*OPTIONS, *tests])))


def _move_to(copy: Path) -> None:
    """From here on, `simulation` and `tests` are the copy's."""
    os.chdir(copy)
    sys.dont_write_bytecode = True
    sys.path[:] = [str(copy), *(path for path in sys.path if Path(path or ".").resolve() not in (ROOT, copy))]
    for name in [name for name in sys.modules if name.partition(".")[0] in ("tests", "simulation")]:
        del sys.modules[name]


def _limit(seconds: int) -> None:
    """Of processor time, so that a busy machine decides nothing."""
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
