"""The command `sellsim` as a user calls it: what it says, what it writes, and its exit codes."""

import io
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from typer.testing import CliRunner

from experiments import store
from experiments.cli import app
from experiments.running import crews, runner
from simulation import __version__
from simulation.measures import NAMES

ROOT = Path(__file__).parents[1]
REFERENCE = ROOT / "experiments" / "configs" / "three_regimes.toml"


def call(*arguments: object) -> Any:
    """The outcome of a command; an exception that reaches the user as a traceback fails the test."""
    result = CliRunner().invoke(app, [str(argument) for argument in arguments], prog_name="sellsim")
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def contents(folder: Path) -> dict[str, bytes]:
    """Results, without the stored runs that they were made of."""
    names = [name for name in store.files_in(folder) if not name.startswith(f"{runner.RUNS}/")]
    return {name: (folder / name).read_bytes() for name in names}


@pytest.fixture
def earlier(small_config: Path, tmp_path: Path) -> Path:
    """A folder with the results of an earlier run."""
    folder = tmp_path / "out"
    assert call("run", small_config, "--results", folder, "--no-figures").exit_code == 0
    return folder


def test_run_prints_tables_and_writes_results(small_config: Path, tmp_path: Path) -> None:
    result = call("run", small_config, "--results", tmp_path / "out", "--no-figures", "--workers", 1)
    assert result.exit_code == 0
    assert "A small firm" in result.stdout
    assert "Deals won" in result.stdout
    assert "15 runs took" in result.stdout
    assert "Traceback" not in result.stderr
    runs = pd.read_parquet(tmp_path / "out" / "runs.parquet")
    assert len(runs) == 15
    assert set(NAMES) < set(runs.columns)


def test_results_go_to_a_folder_named_after_the_experiment(
    small_config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert call("run", small_config, "--no-figures").exit_code == 0
    assert (tmp_path / "results" / "small" / "summary.csv").exists()


def test_replications_and_seeds_from_the_command_line(small_config: Path, tmp_path: Path) -> None:
    options = ("--replications", 2, "--first-seed", 40, "--results", tmp_path / "out", "--no-figures")
    assert call("run", small_config, *options).exit_code == 0
    assert sorted(set(pd.read_parquet(tmp_path / "out" / "runs.parquet")["seed"])) == [40, 41]


def test_run_draws_figures_unless_told_not_to(small_config: Path, tmp_path: Path) -> None:
    assert call("run", small_config, "--results", tmp_path / "out").exit_code == 0
    drawn = {"report.html", "figures/time_to_action.png", "figures/time_to_action.svg"}
    assert drawn <= set(contents(tmp_path / "out"))
    assert call("run", small_config, "--results", tmp_path / "out", "--no-figures").exit_code == 0
    assert not drawn & set(contents(tmp_path / "out")), "they showed other numbers"


def test_a_second_run_gives_the_same_tables(small_config: Path, earlier: Path) -> None:
    before = contents(earlier)
    assert call("run", small_config, "--results", earlier, "--no-figures").exit_code == 0
    after = contents(earlier)
    for name in before:
        assert name == store.MANIFEST or after[name] == before[name], name


def test_bad_input_is_told_at_once_and_touches_nothing(small_config: Path, earlier: Path) -> None:
    before = contents(earlier)
    small_config.write_text(
        'question = "?"\nbaselin = "x"\n[scenario.organisation]\nreps = 0\n[regimes.a]\nbase = "strict"\nquorum = 9\n'
    )
    for command in (("run", "--no-figures"), ("check",)):
        result = call(*command, small_config, "--results", earlier)
        assert result.exit_code == 2
        assert result.stdout == ""
        assert result.stderr.startswith(f"{small_config}: 3 faults\n")
        assert "baselin: unknown key (value 'x'); did you mean 'baseline'?" in result.stderr
        assert (
            "scenario.organisation.reps: 0 is out of bounds; allowed is a whole number from 1"
            in result.stderr
        )
        assert "regimes.a.quorum: 9 is above peers_asked = 3" in result.stderr
    assert contents(earlier) == before


def test_a_run_says_what_is_there_already_and_makes_the_rest(small_config: Path, earlier: Path) -> None:
    result = call("run", small_config, "--results", earlier, "--no-figures", "--replications", 7)
    assert "15 of 21 runs are already there." in result.stderr
    assert "6 runs took" in result.stdout


def test_a_changed_config_is_refused_unless_the_run_is_to_start_anew(small_config: Path, earlier: Path) -> None:
    before = contents(earlier)
    small_config.write_text(small_config.read_text().replace("span = 3", "span = 2"))
    result = call("run", small_config, "--results", earlier, "--no-figures")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "scenario.organisation.span: 3.0 -> 2.0" in result.stderr
    assert contents(earlier) == before
    assert call("run", small_config, "--results", earlier, "--no-figures", "--restart").exit_code == 0
    assert contents(earlier)["summary.csv"] != before["summary.csv"]


def test_interrupted_while_running_says_how_much_is_kept(
    small_config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def press(pieces: Any, crew: Any, real: Any = crews.carry_out) -> Any:
        yield next(real(pieces, crew))
        raise KeyboardInterrupt

    monkeypatch.setattr(crews, "carry_out", press)
    options = ("--results", tmp_path / "out", "--no-figures", "--replications", 20, "--workers", 1)
    result = call("run", small_config, *options)
    assert result.exit_code == 130
    assert "Interrupted. 30 of 60 runs are kept; the same command goes on from there." in result.stderr


def test_failed_runs_are_told_and_end_with_1(small_config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(scenario: Any, regime: Any, seeds: Any, ages: Any, real: Any = crews.batch) -> Any:
        if 13 in seeds:
            raise ZeroDivisionError
        return real(scenario, regime, seeds, ages)

    monkeypatch.setattr(crews, "batch", fail)
    result = call("run", small_config, "--results", tmp_path / "out", "--no-figures")
    assert result.exit_code == 1
    assert "Deals won" in result.stdout, "the others are there"
    assert f"3 runs failed; causes, and configs that replay them: {tmp_path / 'out'}" in result.stderr
    monkeypatch.undo()
    replay = tmp_path / "out" / "runs" / "failures" / "0-strict-13.toml"
    assert call("check", replay).exit_code == 0


def test_only_one_crew_at_a_time(small_config: Path) -> None:
    result = call("run", small_config, "--workers", 2, "--cluster", 2)
    assert result.exit_code == 2
    assert "one of --workers" in " ".join(result.stderr.replace("│", " ").split())


@pytest.mark.parametrize("command", ["run", "check", "trace"])
def test_a_config_that_is_not_there(command: str, tmp_path: Path) -> None:
    result = call(command, tmp_path / "none.toml")
    assert result.exit_code == 2
    assert "there is no such file" in result.stderr


@pytest.mark.parametrize("command", ["run", "check"])
def test_a_results_folder_that_cannot_be_written(command: str, small_config: Path) -> None:
    result = call(command, small_config, "--results", small_config)
    assert result.exit_code == 2
    assert result.stderr.strip() == (
        f"{small_config}: results cannot be written here, because {small_config} is not a folder"
    )


@pytest.mark.parametrize(
    "options", [("--replications", 0), ("--replications", "x"), ("--first-seed", -1), ("--workers", 0)]
)
def test_numbers_out_of_bounds_on_the_command_line(small_config: Path, options: tuple[object, ...]) -> None:
    result = call("run", small_config, *options)
    assert result.exit_code == 2
    assert str(options[0]) in result.stderr


@pytest.mark.parametrize(
    ("blow", "code"), [(KeyboardInterrupt(), 130), (store.StoreError("disk is full"), 2)]
)
def test_an_interrupted_run_leaves_earlier_results(
    small_config: Path, earlier: Path, monkeypatch: pytest.MonkeyPatch, blow: BaseException, code: int
) -> None:
    before = contents(earlier)

    def interrupted(*arguments: Any, **options: Any) -> None:
        raise blow

    for name in ("tables_of", "_write_results"):
        with monkeypatch.context() as patch:
            patch.setattr(runner, name, interrupted)
            result = call("run", small_config, "--results", earlier, "--replications", 2)
        assert result.exit_code == code
        assert "Interrupted" in result.stderr or "disk is full" in result.stderr
        assert "Traceback" not in result.stderr
        assert contents(earlier) == before


def test_check_says_what_a_run_would_do_and_writes_nothing(small_config: Path, tmp_path: Path) -> None:
    before = sorted(tmp_path.rglob("*"))
    result = call("check", small_config, "--results", tmp_path / "out", "--replications", 7)
    assert result.exit_code == 0
    said = " ".join(result.stdout.split())
    assert "the reference firm with patience_mean_weeks = 40.0" in said
    assert "reps = 6, span = 3.0, selling_hours_per_day = 8.0" in said
    assert "warmup_weeks = 2" in said
    assert "trusting: strict with" in result.stdout
    assert 'sign_off_over = "never"' in result.stdout
    assert "3 regimes × 7 = 21" in result.stdout
    assert "seeds 11 to 17" in result.stdout
    assert sorted(tmp_path.rglob("*")) == before


def test_check_says_what_would_be_replaced(small_config: Path, earlier: Path) -> None:
    assert "in place of the results of 2" in call("check", small_config, "--results", earlier).stdout


def test_trace_to_the_screen_is_the_log_of_either_engine(small_config: Path) -> None:
    texts = [
        call("trace", small_config, "--regime", "blended", "--seed", 7, "--engine", engine).stdout
        for engine in ("kernel", "mesa")
    ]
    assert texts[0] == texts[1]
    table = pd.read_csv(io.StringIO(texts[0]))
    assert list(table.columns[:5]) == ["case", "activity", "resource", "start", "end"]


def test_trace_takes_baseline_and_first_seed_unless_told_otherwise(small_config: Path) -> None:
    plain = call("trace", small_config).stdout
    assert plain == call("trace", small_config, "--regime", "strict", "--seed", 11).stdout
    assert plain != call("trace", small_config, "--seed", 12).stdout
    assert plain != call("trace", small_config, "--regime", "cluster").stdout


def test_trace_of_a_cell_is_the_run_that_the_experiment_makes_there(small_config: Path) -> None:
    text = small_config.read_text(encoding="utf-8")
    small_config.write_text(f"{text}\n[levers]\nregime.sign_off_over = [0, 8]\n", encoding="utf-8")
    reviews = [call("trace", small_config, *cell).stdout.count(",review,") for cell in ([], ["--cell", 0], ["--cell", 1])]
    assert reviews[0] == reviews[1] > 0 == reviews[2], "with eight issues, no offer departs on more than eight"
    refused = call("trace", small_config, "--cell", 2)
    assert (refused.exit_code, "the last one is 1" in refused.stderr) == (2, True)


@pytest.mark.parametrize("name", ["t.csv", "t.parquet"])
def test_trace_to_a_file(small_config: Path, tmp_path: Path, name: str) -> None:
    result = call("trace", small_config, "--out", tmp_path / name)
    assert (result.exit_code, result.stdout) == (0, "")
    read: Any = pd.read_csv if name.endswith("csv") else pd.read_parquet
    assert len(read(tmp_path / name)) > 100


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--regime", "blend"), "did you mean 'blended'"),
        (("--out", "t.xlsx"), "--out"),
        (("--engine", "mesh"), "--engine"),
        (("--seed", -1), "--seed"),
    ],
)
def test_trace_with_bad_options(small_config: Path, options: tuple[object, ...], words: str) -> None:
    result = call("trace", small_config, *options)
    assert result.exit_code == 2
    assert words in result.stderr


def test_lists_of_inputs_and_measures() -> None:
    everything = call("parameters").stdout
    assert "willingness" in everything
    assert "presets" in everything
    market = call("parameters", "--group", "market").stdout
    assert "variety" in market
    assert "willingness" not in market
    assert call("parameters", "--markdown").stdout.startswith("### Market\n\n| name | default |")
    assert "flow_efficiency" in call("measures").stdout
    assert "| flow_efficiency | share of elapsed |" in call("measures", "--markdown").stdout
    wrong = call("parameters", "--group", "markt")
    assert wrong.exit_code == 2
    assert "did you mean 'market'" in " ".join(wrong.stderr.replace("│", " ").split())


def test_help_and_version_without_importing_the_model() -> None:
    code = (
        "import sys; from experiments.cli import app\n"
        "try: app(['{}'])\n"
        "except SystemExit as end: code = end.code\n"
        "print(code, [name for name in ('numpy', 'pandas', 'numba', 'pydantic') if name in sys.modules])"
    )
    for option, word in (("--help", "parameters"), ("--version", f"sellsim {__version__}")):
        done = subprocess.run(
            [sys.executable, "-c", code.format(option)], capture_output=True, text=True, cwd=ROOT, check=True
        )
        assert word in done.stdout
        assert done.stdout.rstrip().endswith("0 []")


def sellsim(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "experiments.cli", *map(str, arguments)]


def test_as_a_process_bad_input_ends_with_2_and_no_traceback(tmp_path: Path) -> None:
    config = tmp_path / "empty.toml"
    config.touch()
    done = subprocess.run(sellsim("run", config), capture_output=True, text=True, cwd=ROOT, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"{config}: 1 fault\n  the file is empty\n"


def test_as_a_process_a_reader_who_has_enough_is_no_fault() -> None:
    with subprocess.Popen(
        sellsim("trace", REFERENCE), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline().startswith("case,activity,resource,start,end,")
        process.stdout.close()
        assert process.stderr.read() == ""


def test_files_that_no_run_wrote_are_not_overwritten(small_config: Path, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "summary.csv").write_text("my notes")
    result = call("run", "--no-figures", small_config, "--results", folder)
    assert result.exit_code == 2
    assert "summary.csv is there and was not written by an earlier run" in result.stderr
    assert (folder / "summary.csv").read_text() == "my notes"
