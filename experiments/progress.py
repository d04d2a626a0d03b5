"""The progress bar of a run: on standard error, so that standard output holds results alone."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn


@contextmanager
def counting(total: int, at_last: str = "Writing tables and figures") -> Iterator[Callable[[int], None]]:
    """A bar for `total` runs with the time left; gives the function to call with the runs just done.

    at_last: what is done after the last run.
    """
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("runs, left"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("Compiling or loading the model", total=total)

        def count(done: int) -> None:
            bar.update(task, advance=done, description="Simulating")
            if bar.tasks[0].finished:
                bar.update(task, description=at_last)

        yield count
