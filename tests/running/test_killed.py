"""A run that is killed at any moment, again and again, ends with the very bytes of one that nobody disturbed."""

import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from experiments import store
from experiments.design.config import load_experiment
from experiments.running.runner import run_experiment

ROOT = Path(__file__).parents[2]
KILLS = 10
# The command itself, but with pieces of one seed that are stored at once: hours of an ordinary sweep in a few seconds.
COMMAND = """
from experiments import cli
from experiments.running import sweep
from experiments.store import runs
sweep.BLOCK, runs.SECONDS_AT_RISK = 1, 0.0
cli.main()
"""


def start(config: Path, folder: Path) -> subprocess.Popen[bytes]:
    options = ["--results", str(folder), "--replications", "150", "--no-figures"]
    command = [sys.executable, "-c", COMMAND, "run", str(config), *options]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def stored(folder: Path) -> set[tuple[int, int]]:
    """Arms and seeds of all sound parts."""
    found: set[tuple[int, int]] = set()
    for path in (folder / "runs").glob("part-*.npy"):
        rows = np.load(path)
        found |= set(zip(rows["arm"].tolist(), rows["seed"].tolist(), strict=True))
    return found


def kill_when(process: subprocess.Popen[bytes], comes: Callable[[], bool]) -> None:
    """Kill a process (SIGKILL, which nothing can be done about) as soon as something has come to be, or it has ended."""
    while process.poll() is None and not comes():
        time.sleep(0.002)  # between two looks; how long it lasts is of no importance
    process.kill()
    process.communicate()


def test_killed_at_ten_moments(small_config: Path, tmp_path: Path) -> None:
    moments = random.Random(20)
    killed = tmp_path / "killed"
    runs = killed / "runs"
    kept: set[tuple[int, int]] = set()
    for number in range(KILLS):
        process = start(small_config, killed)
        if number == KILLS - 1:  # while the tables are written
            kill_when(process, lambda: any(killed.glob(".partial/*.csv")))
        elif number % 3 == 2:  # while a part is written
            kill_when(process, lambda: any(runs.glob(".part-*")))
        else:
            written = {path.name for path in runs.glob("part-*")}
            more = moments.randint(1, 20)
            kill_when(process, lambda w=written, m=more: len({path.name for path in runs.glob("part-*")} - w) >= m)  # type: ignore[misc]
        assert process.returncode == -9, "it ended before it was killed, so the test says little"
        now = stored(killed)
        assert kept <= now, "what was stored is never lost"
        kept = now
    last = start(small_config, killed)
    _, errors = last.communicate()
    assert last.returncode == 0, errors
    calm = tmp_path / "calm"
    run_experiment(load_experiment(killed / "config.toml"), calm)
    files = [name for name in store.files_in(calm) if not name.startswith("runs/") and name != store.MANIFEST]
    assert {"cells.csv", "curves.csv", "differences.csv", "runs.parquet", "summary.csv", "winners.csv"} <= set(files)
    for name in files:
        assert (killed / name).read_bytes() == (calm / name).read_bytes(), name
    assert not any(killed.glob(".partial")), "nothing of the killed runs is left"
