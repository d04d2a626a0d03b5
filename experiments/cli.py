"""The command line `sellsim`. What a command needs is imported when it runs, so that help comes at once."""

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from experiments import stopping

if TYPE_CHECKING:
    from experiments.design.experiment import Experiment

FAILED = 1  # some runs; results are there
BAD_INPUT = 2
LONGEST_LINE = 400  # characters of a message; what a config holds may be longer
MOST_LINES = 60


class Engine(Enum):
    """The two engines of `simulation.run.simulate`."""

    KERNEL = "kernel"
    MESA = "mesa"


class Commands(TyperGroup):
    """All commands, with plain messages instead of tracebacks for what a user can do something about."""

    def invoke(self, ctx: Any) -> Any:
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
            return result
        except BrokenPipeError:  # the reader has enough, as in `sellsim trace ... | head`
            _drop_output()
            raise typer.Exit(1) from None
        except KeyboardInterrupt as stop:
            typer.echo(str(stop) or "Interrupted. Earlier results are as they were.", err=True)
            raise typer.Exit(stopping.exit_code()) from None
        except (OSError, ValueError) as error:
            if not _is_plain(error):
                raise
            typer.echo(_shown(str(error)), err=True)
            if not sys.stdout.closed:
                _drop_output()
            raise typer.Exit(BAD_INPUT) from None


def _drop_output() -> None:
    """Nothing is left to flush at exit, where it would fail again."""
    with suppress(OSError, ValueError):  # in tests it is no file
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _is_plain(error: Exception) -> bool:
    from simulation.loading import InputError

    return isinstance(error, (InputError, OSError))


def _shown(message: str) -> str:
    """A message as a terminal may be given it: no control characters, no endless lines, and not too many of them."""
    lines = message.split("\n")
    more = [f"  and {len(lines) - MOST_LINES:,} more lines"] if len(lines) > MOST_LINES else []
    return "\n".join([*(_shortened(line) for line in lines[:MOST_LINES]), *more])


def _shortened(line: str) -> str:
    if len(line) > LONGEST_LINE:
        line = f"{line[: LONGEST_LINE // 2]} … {line[-LONGEST_LINE // 2 :]}"  # what is allowed stands at the end
    return "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in line)


def _path(given: str | Path) -> Path:
    """A path from the command line (or the default), of a name that can be shown."""
    text = str(given)
    if not text or not text.isprintable():
        raise typer.BadParameter(f"{text!r} is no name of a file or folder" if text else "it is empty")
    return Path(text)


app = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    add_completion=False,
    help="Simulate sales organisations: a process under managers, clusters of peers, and blends of the two.",
)

Config = Annotated[Path, typer.Argument(metavar="CONFIG", parser=_path, help="TOML file of the experiment.")]
Replications = Annotated[
    int | None,
    typer.Option(
        "--replications", metavar="N", min=1, max=1_000_000, help="Runs per regime, instead of the config's."
    ),
]
FirstSeed = Annotated[
    int | None,
    typer.Option(
        "--first-seed", metavar="N", min=0, max=10**15, help="Seed of the first run, instead of the config's."
    ),
]
ResultsFolder = Annotated[
    Path | None,
    typer.Option("--results", metavar="DIR", parser=_path, help="Results folder (default: results/NAME)."),
]
Markdown = Annotated[bool, typer.Option("--markdown", help="As Markdown, as in the docs.")]


def _version(wanted: bool) -> None:
    if wanted:
        from simulation import __version__

        typer.echo(f"sellsim {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    pass


@app.command()
def run(
    config: Config,
    replications: Replications = None,
    first_seed: FirstSeed = None,
    results: ResultsFolder = None,
    workers: Annotated[
        int | None,
        typer.Option("--workers", metavar="N", min=1, max=1024, help="Threads (default: all cores)."),
    ] = None,
    cluster: Annotated[
        int | None,
        typer.Option("--cluster", metavar="N", min=1, max=1024, help="Instead: a Dask cluster of N processes, here."),
    ] = None,
    scheduler: Annotated[
        str | None,
        typer.Option("--scheduler", metavar="ADDRESS", help="Instead: the workers of a Dask scheduler, tcp://HOST:PORT."),
    ] = None,
    restart: Annotated[bool, typer.Option("--restart", help="Discard the stored runs and make all anew.")] = False,
    figures: Annotated[bool, typer.Option("--figures/--no-figures", help="Draw figures as well.")] = True,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say how many runs, how long, how much disk and memory.")
    ] = False,
) -> None:
    """Make the runs of an experiment that are not there yet, print what came out, and write tables and figures."""
    if sum(option is not None for option in (workers, cluster, scheduler)) > 1:
        raise typer.BadParameter("name one of --workers, --cluster and --scheduler")
    experiment = _experiment(config, replications, first_seed)
    folder = _folder(experiment, results)
    if dry_run:
        _say_plan(experiment, folder, workers)
        return
    from experiments.report import terminal  # after the checks, whose faults should be told at once
    from experiments.running import progress, runner

    with progress.shown() as bar:
        found = runner.run_experiment(
            experiment, folder, workers=workers, cluster=cluster, scheduler=scheduler,
            restart=restart, finish=_write_report if figures else None, progress=bar,
        )
    terminal.show(terminal.console_for(), experiment, found.tables)
    made = f"{found.made:,} runs took {found.seconds:.1f} s" if found.made else "All runs were there already"
    typer.echo(f"\n{made}. Results: {folder}")
    if found.failed:
        typer.echo(f"{found.failed:,} runs failed; causes, and configs that replay them: {found.record}", err=True)
        raise typer.Exit(FAILED)


@app.command()
def check(
    config: Config,
    replications: Replications = None,
    first_seed: FirstSeed = None,
    results: ResultsFolder = None,
) -> None:
    """Say what a run would do, or everything that is wrong with the config; write nothing."""
    from experiments.running import plan

    experiment = _experiment(config, replications, first_seed)
    folder = _folder(experiment, results)
    typer.echo(plan.plan_text(experiment, folder))


@app.command()
def trace(
    config: Config,
    regime: Annotated[
        str | None, typer.Option(metavar="NAME", help="Regime of the config, or a preset (default: the baseline).")
    ] = None,
    seed: Annotated[
        int | None, typer.Option(metavar="N", min=0, max=10**15, help="Seed (default: the config's first).")
    ] = None,
    cell: Annotated[
        int, typer.Option(metavar="N", min=0, help="Number of the cell where something varies, as in cells.csv.")
    ] = 0,
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", parser=_path, help="File to write, .csv or .parquet (default: CSV to the screen)."),
    ] = None,
    engine: Annotated[
        Engine, typer.Option(help="The fast engine or the readable one; both write the same log.")
    ] = Engine.KERNEL,
) -> None:
    """Write one run's event log with the columns that process-mining tools read."""
    from experiments import store
    from experiments.design import config as configs

    if out is not None and out.suffix not in (".csv", ".parquet"):
        raise typer.BadParameter(f"{str(out)!r} ends neither in .csv nor in .parquet", param_hint="--out")
    experiment = configs.load_experiment(config)
    place = configs.cell_numbered(experiment, cell, str(config))
    chosen = configs.regime_named(place, regime or experiment.baseline, str(config))
    if out is not None:
        store.check_writable(out.parent)
    from experiments.report.trace import write_trace
    from simulation.run import simulate

    wanted = experiment.first_seed if seed is None else seed
    write_trace(
        simulate(place.scenario, chosen, wanted, "mesa" if engine is Engine.MESA else "kernel"), out
    )


@app.command()
def parameters(
    group: Annotated[
        str | None, typer.Option(metavar="GROUP", help="Only market, organisation, horizon or regime.")
    ] = None,
    markdown: Markdown = False,
) -> None:
    """List all inputs: default, unit, bounds, grade, source, meaning; and the presets side by side."""
    from experiments.report import declared, terminal
    from simulation.loading import nearest
    from simulation.parameters import GROUPS

    if group is not None and group not in GROUPS:
        raise typer.BadParameter(f"there is no group {group!r}{nearest(group, GROUPS)}", param_hint="--group")
    if markdown:
        typer.echo(declared.parameter_table_markdown(group), nl=False)
        return
    console = terminal.console_for()
    typer.echo(declared.parameter_text(group, console.width))
    if group in (None, "regime"):
        console.print("", declared.preset_table(), sep="\n")


@app.command()
def schema() -> None:
    """Print the JSON Schema of config files, for editors that complete and check while one writes."""
    from experiments.design.schema import schema_text

    typer.echo(schema_text(), nl=False)


@app.command()
def measures(markdown: Markdown = False) -> None:
    """List all measures of a run: name, unit, meaning."""
    from experiments.report import declared, terminal

    if markdown:
        typer.echo(declared.measure_table_markdown(), nl=False)
        return
    terminal.console_for().print(declared.measure_table())


@app.command()
def claims(
    results: Annotated[
        Path, typer.Option("--results", metavar="DIR", parser=_path, help="Folder that holds the results folders.")
    ] = Path("results"),
) -> None:
    """Evaluate the claims from stored results, print the verdicts and write them to claims.md."""
    from experiments import claims as ledgers
    from experiments.claims import report
    from experiments.report import terminal

    ledger = ledgers.load_ledger()
    rulings = ledgers.evaluate(ledger, results)
    terminal.console_for().print(report.claims_table(rulings))
    for experiment, waiting in report.missing_experiments(rulings).items():
        command = f"sellsim run experiments/configs/{experiment}.toml"
        typer.echo(f"{', '.join(waiting)}: no results to decide it; run: {command}")
    typer.echo(f"Rules, effects and where they hold: {ledgers.write_claims(ledger, rulings, results)}")


@app.command()
def report(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", parser=_path, help="Results folder, as written by `sellsim run`.")],
) -> None:
    """Draw a folder's figures again and write its report.html, from the stored tables alone."""
    from experiments import store

    if not folder.is_dir():
        raise store.StoreError(f"{folder}: there is no such folder; `sellsim run CONFIG --results {folder}` writes it")
    with store.alone(folder):
        written = _write_report(folder)
    typer.echo(f"Report: {written}")


@app.command()
def validate(
    runs: Annotated[
        int, typer.Option("--runs", metavar="N", min=10, max=100_000, help="Runs of each special case.")
    ] = 400,
    twins: Annotated[
        int, typer.Option("--twins", metavar="N", min=0, max=100_000, help="Random scenarios in which both engines are compared.")
    ] = 5000,
    results: Annotated[Path, typer.Option("--results", metavar="DIR", parser=_path, help="Results folder.")] = Path(
        "results/validation"
    ),
    workers: Annotated[
        int | None,
        typer.Option("--workers", metavar="N", min=1, max=1024, help="Threads (default: all cores)."),
    ] = None,
    figures: Annotated[bool, typer.Option("--figures/--no-figures", help="Draw figures as well.")] = True,
) -> None:
    """Hold special cases of the model against closed forms, and both engines against each other; exit code 1 if one fails."""
    from experiments import validation
    from experiments.running import progress
    from experiments.validation.report import both_engines, summary

    with progress.shown() as bar:
        bar.begin(validation.n_runs(runs) + twins, 0)
        findings, compared = validation.validate(
            results, runs, twins, workers=workers, figures=figures, progress=bar.count
        )
    typer.echo(f"{summary(findings)}{both_engines(compared)}Report: {results / 'report.md'}")
    if not (all(finding.agrees for finding in findings) and compared["equal"].all()):
        raise typer.Exit(1)


@app.command("calibrate-reference")
def calibrate_reference(
    replications: Annotated[
        int | None,
        typer.Option("--replications", metavar="N", min=4, max=10_000, help="Seeds of the least-squares fit (default: 40)."),
    ] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Only to see how it works: few candidates and seeds.")] = False,
    results: Annotated[Path, typer.Option("--results", metavar="DIR", parser=_path, help="Results folder.")] = Path(
        "results/calibration"
    ),
    workers: Annotated[
        int | None,
        typer.Option("--workers", metavar="N", min=1, max=1024, help="Threads (default: all cores)."),
    ] = None,
    figures: Annotated[bool, typer.Option("--figures/--no-figures", help="Draw figures as well.")] = True,
) -> None:
    """Fit the calibrated parameters of the reference firm to the published figures; defaults are not changed."""
    from experiments import calibration
    from experiments.report import terminal
    from experiments.running import progress
    from experiments.wording.tabulated import terminal_table

    effort = calibration.QUICK if quick else calibration.Effort()
    if replications is not None:
        effort = effort._replace(seeds=replications)
    with progress.shown() as bar:
        bar.begin(calibration.n_runs(effort), 0)
        found = calibration.calibrate(results, effort, workers=workers, with_figures=figures, progress=bar.count)
    console = terminal.console_for()
    console.print(terminal.target_table(found.fit))
    columns, rows = calibration.parameter_rows(found)
    console.print(terminal_table("Calibrated parameters of the reference firm", columns, rows))
    typer.echo(f"Report: {results / 'report.md'}")


@app.command()
def serve(
    host: Annotated[
        str, typer.Option(metavar="ADDRESS", help="0.0.0.0 lets others in the network reach the lab.")
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(metavar="N", min=1, max=65535, help="The next free one if it is taken.")
    ] = 8000,
    allow_host: Annotated[
        list[str] | None,
        typer.Option("--allow-host", metavar="NAME", help="Answer to this name too; may come again."),
    ] = None,
    open_browser: Annotated[bool, typer.Option("--open", help="Open the page in the browser.")] = False,
) -> None:
    """Open the teaching lab: a local page with sliders, lessons and firms to watch. Ctrl-C stops it."""
    with _packages_of("lab"):
        from experiments.teaching import server
    server.serve(host, port, open_browser=open_browser, say=typer.echo, hosts=allow_host or ())


@app.command("export-class")
def export_class(
    file: Annotated[Path, typer.Argument(metavar="FILE.html", parser=_path, help="The file to write.")],
    worlds: Annotated[
        int, typer.Option("--worlds", metavar="N", min=2, max=400, help="Runs of each regime at each point.")
    ] = 100,
) -> None:
    """Write the lab as one file that works without a network, with lessons and ensembles computed beforehand."""
    with _packages_of("lab"):
        from experiments.teaching.one_file import export
    from experiments import store
    from experiments.running import progress

    if file.suffix != ".html":
        raise typer.BadParameter(f"{str(file)!r} does not end in .html", param_hint="FILE.html")
    if file.is_dir():
        raise typer.BadParameter(f"{str(file)!r} is a folder", param_hint="FILE.html")
    store.check_writable(file.parent)
    with progress.shown("Packing") as bar:
        bar.begin(export.n_runs(export.GRID, worlds), 0)
        size = export.export_class(file, worlds, export.GRID, bar.count)
    typer.echo(f"{file}: {size / 1e6:.1f} MB; a double click opens it. Its sliders: {'; '.join(export.grid_steps(export.GRID))}")


def _write_report(folder: Path) -> Path:
    """Figures and report; they bring Matplotlib, a second for which runs without figures need not wait."""
    from experiments.report.page import write_report

    return write_report(folder)


@contextmanager
def _packages_of(extra: str) -> Iterator[None]:
    """Says how to install what is missing of an extra."""
    try:
        yield
    except ModuleNotFoundError as error:
        how = f"install it, in the folder of sellsim: pip install -e '.[{extra}]'"
        typer.echo(f"The package {error.name} is missing; {how}", err=True)
        raise typer.Exit(BAD_INPUT) from None


def _experiment(config: Path, replications: int | None, first_seed: int | None) -> "Experiment":
    from experiments.design.config import load_experiment, with_replications

    return with_replications(load_experiment(config), replications, first_seed)


def _say_plan(experiment: "Experiment", folder: Path, workers: int | None) -> None:
    """The plan of a run, and what it would need, for which a few runs are timed."""
    from experiments.running import estimate, plan

    typer.echo(plan.plan_text(experiment, folder))
    typer.echo(estimate.estimate_text(estimate.estimate(experiment, workers)))


def _folder(experiment: "Experiment", results: Path | None) -> Path:
    """The results folder, after a look at whether it can be written."""
    from experiments.store import check_writable

    folder = Path("results") / experiment.name if results is None else results
    check_writable(folder)
    return folder


def main() -> None:
    """The command line; `experiments.__main__` is the entry point, which makes ready for being stopped."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a terminal without ± still gets its table
    app(prog_name="sellsim")


if __name__ == "__main__":
    from experiments.__main__ import main as start

    start()
