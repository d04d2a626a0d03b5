"""A report stands alone, answers with what the tables say, and can be read by everybody; bad folders are explained."""

import base64
import json
import re
from collections import Counter
from collections.abc import Callable
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from experiments import cli, store
from experiments.design.config import resolved
from experiments.design.experiment import Experiment
from experiments.figures import Drawn
from experiments.inference.weekly import weekly_inboxes
from experiments.report import page as report_page
from experiments.report import page_tables
from experiments.report.answer import answer, answered
from experiments.running.runner import run_experiment
from simulation.compiled import model_digest
from simulation.run import simulate
from tests.helpers import sweep_tables

OUTCOMES = ("won", "acted_within_week", "best_answer_share")  # few measures, few figures
MARKET = {"market.variety": [0.0, 0.3, 0.6, 1.0], "market.ambiguity": [0.0, 0.5, 1.0]}


def write_sweep(folder: Path, title: str = "A made-up sweep") -> tuple[dict[str, pd.DataFrame], Experiment]:
    """A results folder of a sweep, as the runner leaves it but for the runs."""
    experiment = sweep_tables.experiment(title=title)
    tables = sweep_tables.tables(sweep_tables.cells(MARKET), experiment, OUTCOMES)
    folder.mkdir(parents=True)
    store.write_toml(resolved(experiment), folder / "config.toml")
    for name, table in tables.items():
        store.write_csv(table, folder / f"{name}.csv")
    about = {"experiment": "made", "commit": None, "digests": {"model": "another"}, "versions": {"sellsim": "0.1.0"}}
    names = [*store.files_in(folder), "figures/old.png", store.MANIFEST]
    store.write_json({**about, store.INVENTORY: names}, folder / store.MANIFEST)
    return tables, experiment


@pytest.fixture(scope="module")
def swept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report") / "sweep"
    write_sweep(folder)
    (folder / "figures").mkdir()
    (folder / "figures" / "old.png").write_bytes(b"of an earlier run")
    (folder / "notes.txt").write_text("mine")
    report_page.write_report(folder)
    return folder


@pytest.fixture(scope="module")
def one_cell(tmp_path_factory: pytest.TempPathFactory, small: Experiment) -> Path:
    folder = tmp_path_factory.mktemp("report") / "small"
    run_experiment(small, folder)
    (folder / "runs.parquet").unlink()  # a report takes the tables alone
    report_page.write_report(folder)
    return folder


class Page(HTMLParser):
    """What a browser finds: tags with their attributes in order, and whether they are closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "img", "link", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.fixture(scope="module", params=["sweep", "one cell"])
def page(request: pytest.FixtureRequest, swept: Path, one_cell: Path) -> tuple[str, Page]:
    text = ((swept if request.param == "sweep" else one_cell) / "report.html").read_text(encoding="utf-8")
    return text, Page(text)


def test_a_page_is_small_and_needs_nothing_from_outside_and_no_scripts(page: tuple[str, Page]) -> None:
    text, parsed = page
    assert 10_000 < len(text.encode()) < 450_000
    assert not parsed.all("script")
    assert not parsed.all("link")
    assert not re.search(r"url\(|@import|https?://", re.sub(r"base64,[^\"]*", "", text))
    for image in parsed.all("img"):
        assert str(image["src"]).startswith("data:image/webp;base64,")
    assert all(str(link["href"]).startswith("#") for link in parsed.all("a"))


def test_a_page_can_be_heard_and_used_without_a_mouse(page: tuple[str, Page]) -> None:
    _, parsed = page
    assert parsed.open == []
    assert parsed.all("html")[0]["lang"] == "en"
    assert parsed.tags[[tag for tag, _ in parsed.tags].index("body") + 1][1]["class"] == "skip"
    identifiers = Counter(attributes["id"] for _, attributes in parsed.tags if "id" in attributes)
    assert max(identifiers.values()) == 1
    for link in parsed.all("a"):
        assert str(link["href"])[1:] in identifiers
    levels = [int(tag[1]) for tag, _ in parsed.tags if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert all(len(str(image["alt"])) > 30 for image in parsed.all("img"))
    assert all(head.get("scope") in ("col", "row") for head in parsed.all("th"))
    assert len(parsed.all("caption")) == len(parsed.all("table")) >= 2


def luminance(colour: str) -> float:
    digits = colour.lstrip("#")
    digits = digits if len(digits) == 6 else "".join(2 * digit for digit in digits)
    parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_text_has_the_contrast_that_wcag_aa_asks_for(page: tuple[str, Page]) -> None:
    text, _ = page
    style = text.split("<style>")[1].split("</style>")[0]
    inks = set(re.findall(r"(?<![-\w])color: (#\w+)", style))
    grounds = set(re.findall(r"background: (#\w+)", style))
    assert len(inks) >= 4
    for ink in inks:
        for ground in grounds | {"#fff"}:
            light, dark = sorted((luminance(ink), luminance(ground)), reverse=True)
            assert (light + 0.05) / (dark + 0.05) >= 4.5, (ink, ground)


def test_a_page_has_question_answer_design_and_how_to_run_it_again(swept: Path) -> None:
    text = (swept / "report.html").read_text(encoding="utf-8")
    found = report_page.read_results(swept)
    assert answer(found.tables, found.experiment) in text
    for part in (
        "Who wins where?", "strict (the baseline), cluster, blended, lean", "0, 0.3, 0.6, 1",
        "100 runs of each regime in each of 12 cells",
        "seeds 1 to 100", "versions: sellsim", "sellsim run results/made/config.toml --results results/made",
        "sellsim report results/made",
    ):
        assert part in text, part


def test_figures_are_those_of_the_folder(swept: Path) -> None:
    parsed = Page((swept / "report.html").read_text(encoding="utf-8"))
    pictures = parsed.all("img")
    names = sorted(path.name for path in (swept / "figures").iterdir())
    assert "winner_map_won.png" in names
    assert len(pictures) == len(names) / 2
    for image in pictures:
        assert base64.b64decode(str(image["src"]).split(",")[1])[8:12] == b"WEBP"


def test_where_pictures_do_not_fit_their_files_are_named(
    swept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_sweep(tmp_path / "sweep")
    drawn = [Drawn(path.stem, path.stem, "", path, path) for path in sorted((swept / "figures").glob("*.png"))]
    monkeypatch.setattr(report_page, "draw_each", lambda *_: drawn)
    monkeypatch.setattr(report_page, "MOST_PICTURE_BYTES", 60_000)
    text = report_page.write_report(tmp_path / "sweep").read_text(encoding="utf-8")
    pictures = len(Page(text).all("img"))
    named = re.findall(r"in the file figures/(\w+\.png)", text)
    assert pictures >= 1
    assert named
    assert pictures + len(named) == len(drawn)


def test_the_manifest_lists_what_was_written_and_nothing_else_is_touched(swept: Path) -> None:
    files = set(store.inventory(swept))
    assert {"report.html", "config.toml", "summary.csv", "manifest.json", "figures/winner_map_won.svg"} <= files
    assert "figures/old.png" not in files
    assert not (swept / "figures" / "old.png").exists()
    assert (swept / "notes.txt").read_text() == "mine"
    assert files | {"notes.txt"} == set(store.files_in(swept))
    assert json.loads((swept / "manifest.json").read_text())["experiment"] == "made"


def test_the_command_says_where_the_report_is_and_the_same_tables_give_the_same_bytes(swept: Path) -> None:
    before = {name: (swept / name).read_bytes() for name in store.files_in(swept)}
    done = CliRunner().invoke(cli.app, ["report", str(swept)])
    assert done.exit_code == 0
    assert done.stdout.strip() == f"Report: {swept / 'report.html'}"
    assert {name: (swept / name).read_bytes() for name in store.files_in(swept)} == before


def test_everything_from_a_config_is_escaped(tmp_path: Path) -> None:
    write_sweep(tmp_path / "sweep", title="<script>alert(1)</script> & sons")
    text = report_page.page(report_page.read_results(tmp_path / "sweep"), [])
    assert "<script" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; sons" in text


# One firm


def test_one_firm_gets_its_inboxes_simulated_while_the_model_is_the_same(one_cell: Path, small: Experiment) -> None:
    weekly = pd.read_csv(one_cell / "weekly.csv")
    found = weekly.query("regime == 'strict' and week == 9").iloc[0]
    runs = [simulate(small.scenario, small.regimes["strict"], seed).weekly["manager_inboxes"].iloc[8] for seed in small.seeds]
    assert found["mean"] == pytest.approx(sum(runs) / len(runs))
    assert found["n"] == small.count == 5
    assert (one_cell / "figures" / "manager_inboxes.png").exists()


def test_runs_of_another_model_are_not_mixed_in(
    tmp_path: Path, small: Experiment, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[set[str]] = []
    monkeypatch.setattr(report_page, "draw_each", lambda _, tables, *__: drawn.append(set(tables)) or ())
    run_experiment(small, tmp_path)
    about = json.loads((tmp_path / "manifest.json").read_text())
    assert about["digests"]["model"] == model_digest()
    about["digests"]["model"] = "of an earlier model"
    store.write_json(about, tmp_path / "manifest.json")
    report_page.write_report(tmp_path)
    assert {"summary", "differences", "curves"} < drawn[0]
    assert "weekly" not in drawn[0]
    assert not (tmp_path / "weekly.csv").exists()


def test_no_more_runs_are_simulated_than_asked_for(small: Experiment) -> None:
    weekly = weekly_inboxes(small, most_runs=2)
    assert set(weekly["n"]) == {2}
    assert weekly.groupby("regime", sort=False)["week"].max().to_dict() == dict.fromkeys(small.regimes, 20)


# The answer


def test_the_answer_counts_cells_by_winner_and_the_undecided() -> None:
    experiment = sweep_tables.experiment(("strict", "blended"))
    tables = sweep_tables.tables(sweep_tables.cells(MARKET), experiment)
    tables["winners"] = tables["winners"].assign(winner=["blended"] * 7 + ["strict"] * 17, decided=[True] * 9 + [False] * 15)
    text = answer(tables, experiment)
    assert re.match(r"blended wins most deals in 7 of 12 markets \(in the middle one of them by .*\), strict in 2, ", text)
    assert re.search(r", (tied in 3 \(most often .* ≈ .*: \d\)|\w+ ≈ \w+ in 3)\.$", text)
    assert text.count(".") == len(re.findall(r"\d\.\d", text)) + 1, "one sentence"


def test_the_answer_names_what_decides_and_then_settings_where_the_firm_varies_too() -> None:
    experiment = sweep_tables.experiment(("strict", "blended"))
    tables = sweep_tables.tables(sweep_tables.cells({"organisation.span": [4.0, 9.0], **MARKET}), experiment)
    tables["sensitivity"] = sweep_tables.sensitivity(
        "sobol", ["market.variety", "organisation.span"], [("won", "strict", ""), ("won", "blended", "strict")]
    )
    said = answered(tables, experiment)
    assert said.question.name == "what matters most"
    assert re.match(
        r"What decides deals won, blended − strict most is “Variety of customers” \(50 % of the "
        r"variance\), then “Span of control”",
        said.sentence,
    )
    assert any("of 24 settings" in text for text in said.further)


def test_the_answer_says_when_nothing_is_decided() -> None:
    experiment = sweep_tables.experiment(("strict", "blended"))
    tables = sweep_tables.tables(sweep_tables.cells(MARKET), experiment)
    tables["winners"] = tables["winners"].assign(decided=False)
    assert answer(tables, experiment).startswith("No regime wins most deals with certainty in any of 12 markets")


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (2.0, 8.0, "blended wins most deals (100 [97, 103] deals), 5 [2, 8] deals ahead of strict."),
        (-1.0, 11.0, "blended ≈ strict: which of them wins most deals cannot be told"),
    ],
)
def test_the_answer_about_one_firm_is_honest_about_ties(low: float, high: float, said: str) -> None:
    experiment = sweep_tables.experiment(("strict", "blended"))
    tables = {
        "summary": pd.DataFrame(
            [("won", "deals", name, 9, mean, mean - 3, mean + 3, 0) for name, mean in (("strict", 95.0), ("blended", 100.0))],
            columns=["measure", "unit", "regime", "n", "mean", "low", "high", "cell"],
        ),
        "differences": pd.DataFrame(
            [("won", "deals", "blended", "strict", 9, 5.0, low, high)],
            columns=["measure", "unit", "regime", "baseline", "n", "mean", "low", "high"],
        ),
    }
    assert answer(tables, experiment).startswith(said)


# Tables


def test_long_tables_are_cut_and_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    experiment = sweep_tables.experiment()
    tables = sweep_tables.tables(sweep_tables.cells(MARKET), experiment)
    whole = {view.title: view for view in page_tables.views(tables, experiment)}
    monkeypatch.setattr(page_tables, "MOST_ROWS", 5)
    for view in page_tables.views(tables, experiment):
        assert view.rows == whole[view.title].rows[:5]
        assert ("of 12 rows" in view.note) == (len(whole[view.title].rows) == 12)
        assert all(len(row) == len(view.columns) for row in view.rows)


def test_the_first_table_counts_the_winners() -> None:
    experiment = sweep_tables.experiment()
    tables = sweep_tables.tables(sweep_tables.cells(MARKET), experiment)
    first = page_tables.views(tables, experiment)[0]
    rows = tables["winners"].query("measure == 'won'")
    decided = rows[rows["decided"]]["winner"].value_counts()
    expected = [str(decided.get(name, 0)) for name in experiment.regimes]
    assert first.rows[0] == ["Deals won", *expected, str((~rows["decided"]).sum()), "12"]


# Folders that cannot be reported on


def damage(name: str, text: str) -> Callable[[Path], object]:
    return lambda folder: (folder / name).write_text(text, encoding="utf-8")


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (lambda folder: (folder / "manifest.json").unlink(), "no complete results"),
        (lambda folder: (folder / "config.toml").unlink(), "no complete results"),
        (lambda folder: (folder / "summary.csv").unlink(), "summary.csv is missing"),
        (damage("manifest.json", '{"experiment": '), "manifest.json: damaged"),
        (damage("manifest.json", "[1]"), "manifest.json: damaged"),
        (damage("summary.csv", ""), "summary.csv: damaged"),
        (damage("winners.csv", "cell,measure\n0,won\n"), "has no column winner, runner_up"),
        (damage("config.toml", "question = 3\n"), "config.toml"),
    ],
)
def test_what_is_wrong_with_a_folder_is_said_with_what_to_do(harm: Callable[[Path], object], said: str, tmp_path: Path) -> None:
    folder = tmp_path / "sweep"
    write_sweep(folder)
    harm(folder)
    done = CliRunner().invoke(cli.app, ["report", str(folder)])
    assert done.exit_code == cli.BAD_INPUT
    assert said in done.stderr
    assert str(folder) in done.stderr
    assert not (folder / "report.html").exists()
    if "config.toml" not in said:
        assert "sellsim run" in done.stderr


def test_a_file_of_the_users_is_not_overwritten(tmp_path: Path) -> None:
    write_sweep(tmp_path / "sweep")
    (tmp_path / "sweep" / "report.html").write_text("mine")
    with pytest.raises(store.StoreError, match=r"report\.html is there and was not written by an earlier run"):
        report_page.write_report(tmp_path / "sweep")
    assert (tmp_path / "sweep" / "report.html").read_text() == "mine"


def test_a_folder_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    done = CliRunner().invoke(cli.app, ["report", str(tmp_path / "nowhere")])
    assert done.exit_code == cli.BAD_INPUT
    assert "there is no such folder" in done.stderr
