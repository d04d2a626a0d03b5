"""The lab as one file: what is in it, that it is the model's own numbers, and how modules become one script."""

import base64
import gzip
import itertools
import json
import re
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from experiments.cli import app
from experiments.store import StoreError
from experiments.teaching.api import STATIC
from experiments.teaching.lessons import load_lessons
from experiments.teaching.one_file import export
from experiments.teaching.one_file.bundle import bundle, in_order
from experiments.teaching.states import state_from
from simulation import ensemble
from simulation.parameters import Scenario, parameters

GRID = {"market.variety": [0.2, 0.4], "market.ambiguity": [0.5, 1.0]}


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A file with a small grid and a single world."""
    path = tmp_path_factory.mktemp("export") / "class.html"
    counted: list[int] = []
    size = export.export_class(path, 1, GRID, counted.append)
    assert size == path.stat().st_size
    assert sum(counted) == export.n_runs(GRID, 1)
    return path.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def held(page: str) -> dict[str, Any]:
    """What the file holds, unpacked."""
    packed = re.search(r'id="packed">([^<]+)</script>', page)
    assert packed is not None
    data: dict[str, Any] = json.loads(gzip.decompress(base64.b64decode(packed[1])))
    return data


def test_the_file_needs_nothing_else(page: str) -> None:
    without_data = re.sub(r'id="packed">[^<]+<', 'id="packed"><', page)
    assert not re.search(r"https?://(?!www\.w3\.org/)", without_data)
    assert not re.search(r'\bsrc="|<link rel="stylesheet"|^import |^export |\bfetch\(', without_data, re.M)
    assert without_data.count("<script") == without_data.count("</script>") == 2
    assert (STATIC / "style.css").read_text(encoding="utf-8") in page


def test_the_files_numbers_are_the_models(held: dict[str, Any]) -> None:
    assert len(held["ensembles"]) > 4
    for kept in (held["ensembles"][0], held["ensembles"][-1]):
        state, answer = state_from(kept["state"]), kept["answer"]
        runs = ensemble(state.scenario, state.regimes, range(state.seed, state.seed + state.worlds))
        for regime, won in runs.groupby("regime", observed=True)["won"]:
            assert answer["measures"]["won"][regime]["mean"] == pytest.approx(won.mean(), rel=10 ** (1 - export.DIGITS))
        assert len(answer["curves"][state.baseline]["acted"]["mean"]) == len(held["ages_days"])


def test_every_place_of_the_sliders_is_in_the_file(held: dict[str, Any]) -> None:
    kept = [state_from(ensemble["state"]).scenario for ensemble in held["ensembles"]]
    sliders = {p["key"]: p for p in held["declarations"]["parameters"] if p["slider"]}
    assert set(sliders) == set(GRID)
    for values in itertools.product(*((p["low"], p["low"] + p["step"]) for p in sliders.values())):
        names = (key.split(".")[1] for key in sliders)
        market = Scenario().market.model_copy(update=dict(zip(names, values, strict=True)))
        assert any(scenario.market == market for scenario in kept)


def test_lessons_and_situations_are_in_the_file(held: dict[str, Any]) -> None:
    kept = [state_from(ensemble["state"]) for ensemble in held["ensembles"]]
    states = [part["state"] for lesson in held["lessons"] for part in (lesson, *lesson["try"]) if "state" in part]
    states += [situation["state"] | {"worlds": 1} for situation in held["declarations"]["situations"]]
    assert [lesson["id"] for lesson in held["lessons"]] == [lesson.id for lesson in load_lessons()]
    assert len(states) > len(held["lessons"]) > 0
    for state in states:
        assert state_from(state) in kept


def test_the_file_holds_a_firm_to_watch_under_every_regime(held: dict[str, Any]) -> None:
    assert [run["regime"] for run in held["replays"]] == list(held["declarations"]["regimes"])
    assert state_from(held["watched"]).scenario.market == Scenario().market


def test_the_grid_of_the_command_is_even_and_holds_the_reference_firm() -> None:
    declared = {f"{p.group}.{p.name}": p for p in parameters()}
    for key, values in export.GRID.items():
        assert declared[key].default in values
        steps = [later - earlier for earlier, later in itertools.pairwise(values)]
        assert steps == pytest.approx([steps[0]] * len(steps))
        assert declared[key].low <= values[0] < values[-1] <= declared[key].high


def test_the_command_says_size_and_sliders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "GRID", GRID)
    said = CliRunner().invoke(app, ["export-class", str(tmp_path / "class.html"), "--worlds", "2"])
    assert said.exit_code == 0, said.output
    assert re.search(r"class\.html: \d\.\d MB", said.output.replace("\n", ""))
    assert "market.variety 0.2 to 0.4" in said.output.replace("\n", " ")
    assert CliRunner().invoke(app, ["export-class", str(tmp_path / "class.txt")]).exit_code == 2


def test_a_folder_is_told_before_anything_is_computed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "class.html").mkdir()
    monkeypatch.setattr(export, "export_class", lambda *_: pytest.fail("it computes first"))
    said = CliRunner().invoke(app, ["export-class", str(tmp_path / "class.html")])
    assert said.exit_code == 2
    assert "is a folder" in said.output


def test_a_folder_in_the_way_is_told(tmp_path: Path) -> None:
    with pytest.raises(StoreError):
        export.export_class(tmp_path, 1, {"market.variety": [0.4, 0.5]}, lambda _: None)


def write(folder: Path, **modules: str) -> Path:
    for name, source in modules.items():
        (folder / f"{name}.js").write_text(source, encoding="utf-8")
    return folder


def test_modules_come_after_what_they_import(tmp_path: Path) -> None:
    sources = {
        "main.js": 'import { a } from "./a.js";\nimport * as b from "./b.js";\n',
        "a.js": 'import {\n  c as d,\n} from "./c.js";\nexport const a = d;\n',
        "b.js": 'import { c } from "./c.js";\nexport async function b() {}\n',
        "c.js": "export class c {}\n",
        "unused.js": "",
    }
    assert in_order(sources, "main.js") == ["c.js", "a.js", "b.js", "main.js"]
    script = bundle(write(tmp_path, **{name[:-3]: source for name, source in sources.items()}), "main.js", {})
    assert "const { c: d } = module_c;" in script
    assert "const b = module_b;" in script
    assert "return { a };" in script
    assert not re.search(r"^\s*(import|export)\b", script, re.M)


@pytest.mark.parametrize(
    ("modules", "problem"),
    [
        ({"main": 'import { a } from "./a.js";', "a": 'import { m } from "./main.js";'}, "a circle: main.js -> a.js -> main.js"),
        ({"main": 'import { a } from "./a.js";'}, "a.js, which is not there"),
        ({"main": "export let n = 1;"}, "main.js: cannot be put into one file: export let n"),
        ({"main": 'import a from "./a.js";'}, "main.js: cannot be put into one file: import a"),
        ({"main": 'const text = "</script>";'}, "</script"),
    ],
)
def test_what_cannot_be_one_file_is_told(tmp_path: Path, modules: dict[str, str], problem: str) -> None:
    with pytest.raises(ValueError, match=re.escape(problem)):
        bundle(write(tmp_path, **modules), "main.js", {})


def test_another_file_can_take_a_modules_place(tmp_path: Path) -> None:
    write(tmp_path, main='import { a } from "./a.js";', a="export const a = 1;", other="export const a = 2;")
    script = bundle(tmp_path, "main.js", {"a.js": tmp_path / "other.js"})
    assert "const a = 2;" in script
    assert "const a = 1;" not in script


def test_the_offline_module_can_be_asked_for_all_that_the_page_asks() -> None:
    exports = re.compile(r"^export (?:const|async function|class) (\w+)", re.M)
    online = (STATIC / "data.js").read_text(encoding="utf-8")
    offline = (STATIC.parent / "one_file" / "offline.js").read_text(encoding="utf-8")
    assert set(exports.findall(online)) == set(exports.findall(offline)) != set()
