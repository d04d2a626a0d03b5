"""Speed and memory: `python -m experiments.benchmarks` prints figures and writes them to results/benchmarks/.

Compare figures within one report only: machines differ, and a shared one differs from minute to minute.
"""

import os
import platform
import sys
from pathlib import Path

from rich.console import Console

from experiments.benchmarks.commands import speed_up, start_up, who_wins_where
from experiments.benchmarks.engines import cost_by_size, memory, throughput
from experiments.benchmarks.latency import lab_latency
from simulation.compiled import model_digest

FOLDER = Path("results/benchmarks")
SECTIONS = {
    "throughput": (throughput, "30 reps, 52 weeks, 1.6 opportunities per rep and week; simulation and all measures"),
    "cost_by_size": (cost_by_size, "one core, mean over the four presets"),
    "memory": (memory, "10,000 reps, 52 weeks, with the whole event log and all measures"),
    "start_up": (start_up, "seconds from starting Python"),
    "speed_up": (speed_up, "a sweep of 16 cells, 4 presets and 30 runs each through the whole runner, start of Python included"),
    "who_wins_where": (who_wins_where, "174,960 runs; all cores"),
    "lab": (lab_latency, "the teaching lab, reference firm, all regimes: from sending a request to having the answer"),
}
LONG = ("who_wins_where",)  # only when named


def main() -> None:
    """Run all sections but the long ones, or those named on the command line."""
    console = Console()
    chosen = sys.argv[1:] or [name for name in SECTIONS if name not in LONG]
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name in chosen:
        task, meaning = SECTIONS[name]
        with console.status(f"measuring {name} ..."):
            table = task()
        table.to_csv(FOLDER / f"{name}.csv", index=False, float_format="%.4g")
        console.print(f"\n[bold]{name}[/bold]: {meaning}")
        console.print(table.to_string(index=False, float_format="%.4g"))
    python, digest = platform.python_version(), model_digest()[:12]
    about = f"Python {python}, {os.cpu_count()} cores, {platform.machine()}, model {digest}\n"
    (FOLDER / "machine.txt").write_text(about, encoding="utf-8")


if __name__ == "__main__":
    main()
