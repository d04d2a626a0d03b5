"""Break the model in many ways and see which test notices: `python -m tools.mutants.run`, results in results/validation.

Each mutant is the model with one mistake in it, tested in a copy. First come the tests nearest to the mistake, on the model
as plain Python (a mutated kernel takes half a minute to compile, and most mistakes show within a second without); who
survives these meets the whole of tests/simulation, compiled. The test named in the report is the first that failed.

Why not a tool: mutmut leaves decorated functions alone, and every rule and every function of the kernel is decorated; Cosmic
Ray changes one place at a time by a fixed list of operators. Neither makes one mistake in both engines alike, nor exchanges
phases or people, and with these the comparison of the engines is asked what it cannot see. This script does.

Interrupted, it goes on where it stopped. After a change of model or tests it begins anew, asking each mutant's last killer
first.
"""

import argparse
import hashlib
import re
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from queue import SimpleQueue
from typing import Any, Final

import pandas as pd
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from tools.mutants import by_hand_case, by_hand_engines, by_hand_measures, by_hand_rules, generated, tests_on_copy
from tools.mutants.mutant import KINDS, Mutant

ROOT: Final = Path(__file__).parents[2]
TABLE: Final = ROOT / "results/validation/mutants.csv"
REPORT: Final = TABLE.with_suffix(".md")
COPIED: Final = ("simulation", "experiments", "tests", "docs", "pyproject.toml", "README.md")
TESTED: Final = ("simulation", "tests/simulation", "tests/helpers", "tests/conftest.py")
COLUMNS: Final = ("mutant", "kind", "place", "change", "verdict", "killed_by", "seconds", "sources")
TESTS: Final = "tests/simulation"
NEAR: Final = {  # where a mistake in a file should be noticed first, unless the mutant says it
    "rules/timing": ("rules_timing", "forgotten", "minutes"), "rules/market": ("rules_offer",), "rules/issues": ("rules_offer",
    "rules"),
    "rules/belief": ("rules_belief", "shades"), "rules/path": ("rules", "rules_offer", "advice"), "rules/sign_off": ("rules",
    "sign_off"),
    "rules/offer": ("rules_offer",), "rules/people": ("rules_people", "documents"), "numbers": ("numbers",),
    "tables": ("tables", "rules_belief", "shades"), "structure": ("structure", "acquaintance", "shared_desk"),
    "settings": ("parameters", "experts", "forgotten", "doubt"), "chance": ("chance",), "cases": ("measures", "forgotten"),
    "measures": ("measures",), "calendar": ("order_of_events", "conservation"), "learning": ("learning", "documents"),
    "case": ("learning", "rules", "sign_off", "documents", "hearsay"),
    "kernel": ("twins",), "agents": ("twins",), "model": ("twins",),
}
PLAIN_SECONDS: Final = 60  # of processor time, however busy the machine; then the compiled model is asked
WHOLE_SECONDS: Final = 600  # several times what the model itself needs
ANY_EXAMPLE: Final = """
from hypothesis import Phase

settings.register_profile("any-example", settings.get_profile("same-every-time"), phases=(Phase.explicit, Phase.generate))
settings.load_profile("any-example")
"""
KILLED, SURVIVED, EQUIVALENT = "killed", "survived", "equivalent"


def all_mutants() -> list[Mutant]:
    """Those made by hand, then those made by a machine."""
    rooms = (by_hand_rules, by_hand_case, by_hand_measures, by_hand_engines, generated)
    return [mutant for room in rooms for mutant in room.mutants()]


def digest() -> str:
    """What the model and its tests are, in twelve characters."""
    paths = [path for name in TESTED for path in ([ROOT / name] if (ROOT / name).is_file() else (ROOT / name).rglob("*.py"))]
    whole = hashlib.sha256()
    for path in sorted(paths):
        whole.update(str(path.relative_to(ROOT).as_posix()).encode() + b"\0" + path.read_bytes() + b"\0")
    return whole.hexdigest()[:12]


# --- One mutant ---


def examine(mutant: Mutant, copy: Path, known_killer: str) -> tuple[str, str]:
    """Verdict and the test that decided it. known_killer: asked first, "" if there is none."""
    if mutant.equivalent:
        return EQUIVALENT, mutant.equivalent
    texts = mutant.files()
    try:
        for file, text in texts.items():
            (copy / "simulation" / file).write_text(text, encoding="utf-8")
        for tests, compiled in ((known(known_killer), False), (nearest(mutant), False), (everything(), True)):
            if tests and (failed := first_failure(copy, tests, compiled)):
                return KILLED, failed
        return SURVIVED, ""
    finally:
        for file in texts:
            shutil.copy(ROOT / "simulation" / file, copy / "simulation" / file)


def known(name: str) -> list[str]:
    """The test that noticed this mutant the last time, if it is still there."""
    file, _, test = name.partition("::")
    path, function = ROOT / TESTS / file, test.partition("[")[0]
    there = function and path.exists() and f"def {function}(" in path.read_text(encoding="utf-8")
    return [f"{TESTS}/{name}"] if there else []


def nearest(mutant: Mutant) -> list[str]:
    """The files with the tests that should notice it."""
    place = mutant.edits[0].file.removesuffix(".py")
    names = mutant.near or next((names for start, names in NEAR.items() if (place + "/").startswith(start + "/")), ())
    return [f"{TESTS}/test_{name}.py" for name in names if (ROOT / TESTS / f"test_{name}.py").exists()]


def everything() -> list[str]:
    """All files of tests of the model."""
    return [f"{TESTS}/{path.name}" for path in sorted((ROOT / TESTS).glob("test_*.py"))]


def first_failure(copy: Path, tests: list[str], compiled: bool) -> str:
    """The first of these tests that fails on the copy, "" if none does."""
    with tempfile.TemporaryDirectory(prefix="sellsim-trial-") as folder:
        output = Path(folder) / "said.txt"
        if compiled:
            code = tests_on_copy.compiled(copy, tests, output, WHOLE_SECONDS)
        else:
            code = tests_on_copy.plain(copy, tests, output, PLAIN_SECONDS)
        return killer(output.read_text(encoding="utf-8"), code, compiled)


def killer(output: str, code: int, compiled: bool) -> str:
    """The first failed test in what pytest said, "" if none failed.

    code: its exit code, one of `tests_on_copy.STOPPED` if time ran out.
    """
    if code == 0:
        return ""
    if code in tests_on_copy.STOPPED and not compiled:
        return ""
    if code in tests_on_copy.STOPPED:  # the test that was running
        last = re.findall(rf"^{TESTS}/(\S+)", output, flags=re.M)
        return f"{last[-1]} (did not end)" if last else "(did not end)"
    failed = re.findall(rf"^(?:FAILED|ERROR) {TESTS}/(.+?)(?: - .*)?$", output, flags=re.M)
    if not failed:
        raise RuntimeError(f"pytest ended with {code} and named no test:\n{output[-3000:]}")
    return str(failed[0])


# --- All of them ---


def run(mutants: list[Mutant], table: pd.DataFrame, at_once: int) -> None:
    """Examine what the table does not have yet for the present sources, and write table and report after each."""
    now = digest()
    killers = dict(zip(table.mutant, table.killed_by, strict=True))
    current = table[table.sources == now]
    done = set(zip(current.mutant, current.change, strict=True))
    rows: dict[str, Any] = {row["mutant"]: row for row in table.to_dict("records")}
    todo = [mutant for mutant in mutants if (mutant.name, mutant.change()) not in done]
    with tempfile.TemporaryDirectory(prefix="sellsim-mutants-") as folder, _bar() as bar, ThreadPoolExecutor(at_once) as crew:
        copies: SimpleQueue[Path] = SimpleQueue()
        for n in range(at_once):
            copies.put(_copied(Path(folder) / str(n)))
        task = bar.add_task("Asking whether the model itself passes", total=len(todo))
        if todo and not done and (failure := first_failure(Path(folder) / "0", everything(), True)):
            raise SystemExit(f"The model itself fails {failure}: mend it (or the test), then look for mutants.")
        for finished in as_completed([crew.submit(_one, mutant, copies, killers, now) for mutant in todo]):
            row = finished.result()
            rows[row["mutant"]] = row
            _write([rows[m.name] for m in all_mutants() if m.name in rows])
            bar.update(task, advance=1, description=row["mutant"])


def _one(mutant: Mutant, copies: "SimpleQueue[Path]", killers: dict[str, Any], now: str) -> dict[str, Any]:
    """Examine a mutant in a copy that nobody is using; its row in the table."""
    start, copy = time.perf_counter(), copies.get()
    try:
        verdict, decided_by = examine(mutant, copy, str(killers.get(mutant.name, "")))
    finally:
        copies.put(copy)
    return _row(mutant, verdict, decided_by, time.perf_counter() - start, now)


def _copied(folder: Path) -> Path:
    """A copy of model and tests in this folder; its tests do not look for the smallest example that fails: any will do."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in COPIED:
        path = ROOT / name
        if path.is_dir():
            shutil.copytree(path, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(path, folder / name)
    with (folder / "tests/conftest.py").open("a", encoding="utf-8") as file:
        file.write(ANY_EXAMPLE)
    return folder


def _bar() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("left"), TimeRemainingColumn())
    return Progress(*columns, console=Console(stderr=True))


def _row(mutant: Mutant, verdict: str, decided_by: str, seconds: float, sources: str) -> dict[str, Any]:
    place = " and ".join(f"{edit.file}:{edit.line()}" for edit in mutant.edits)
    values = (mutant.name, mutant.kind, place, mutant.change(), verdict, decided_by, round(seconds, 1), sources)
    return dict(zip(COLUMNS, values, strict=True))


# --- Table and report ---


def read_table() -> pd.DataFrame:
    """The table as it stands, empty if there is none."""
    if TABLE.exists():
        return pd.read_csv(TABLE, dtype={"sources": str}, keep_default_na=False)
    return pd.DataFrame(columns=list(COLUMNS))


def _write(rows: list[dict[str, Any]]) -> None:
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    TABLE.parent.mkdir(parents=True, exist_ok=True)
    for path, text in ((TABLE, table.to_csv(index=False)), (REPORT, report(table))):
        part = path.with_suffix(path.suffix + ".part")
        part.write_text(text, encoding="utf-8")
        part.replace(path)


def report(table: pd.DataFrame) -> str:
    """The table in words: what survives, what is equivalent, and which test killed each."""
    verdicts = Counter(table.verdict)
    head = [
        "# Mistakes that the tests notice", "",
        f"{len(table)} versions of the model with one mistake in each: {verdicts[KILLED]} are noticed by a test, "
        f"{verdicts[EQUIVALENT]} do the same as the model, {verdicts[SURVIVED]} survive.",
        "Written by `python -m tools.mutants.run` (`make mutants`); the table is also in `mutants.csv`. "
        f"Model and tests: {', '.join(sorted(set(table.sources)))}.", "",
        "Mistakes named `both: …` are made in both engines alike, so that comparing the engines cannot show them; so it is with "
        "all in rules, case, learning, structure, tables and measures, which the engines share. "
        "The test named is the first that failed, not the only one.", "",
    ]
    return "\n".join([*head, *_by_kind(table), *_survivors(table), *_equivalents(table), *_all(table)]) + "\n"


def _by_kind(table: pd.DataFrame) -> Iterable[str]:
    yield from ("| kind | mutants | killed | equivalent | survived |", "|---|---|---|---|---|")
    for kind in KINDS:
        verdicts = Counter(table.verdict[table.kind == kind])
        yield f"| {kind} | {sum(verdicts.values())} | {verdicts[KILLED]} | {verdicts[EQUIVALENT]} | {verdicts[SURVIVED]} |"
    yield ""


def _survivors(table: pd.DataFrame) -> Iterable[str]:
    yield from ("## Surviving", "")
    surviving = table[table.verdict == SURVIVED]
    yield from (f"- {row.mutant} ({row.place})" for row in surviving.itertuples())
    yield from ("None.", "") if surviving.empty else ("",)


def _equivalents(table: pd.DataFrame) -> Iterable[str]:
    yield from ("## Doing the same as the model", "")
    same = table[table.verdict == EQUIVALENT]
    yield from (f"- {row.mutant}: {row.killed_by}" for row in same.itertuples())
    yield from ("None.", "") if same.empty else ("",)


def _all(table: pd.DataFrame) -> Iterable[str]:
    yield from ("## Killed, and by what", "", "| mutant | kind | place | test |", "|---|---|---|---|")
    for row in table[table.verdict == KILLED].itertuples():
        cells = (row.mutant, row.kind, row.place, f"`{row.killed_by}`")
        yield "| " + " | ".join(str(cell).replace("|", "\\|") for cell in cells) + " |"


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", default="", help="examine only mutants in whose names this regular expression is found")
    parser.add_argument("--at-once", type=int, default=1, help="how many to examine at the same time (default 1)")
    asked = parser.parse_args()
    run([mutant for mutant in all_mutants() if re.search(asked.only, mutant.name)], read_table(), asked.at_once)
    table = read_table()
    survivors = table.mutant[table.verdict == SURVIVED]
    print(f"{len(table)} mutants, {len(survivors)} survive", *survivors, sep="\n  ")
    print(f"The report is {REPORT.relative_to(ROOT)}.")
    raise SystemExit(int(len(survivors) > 0))


if __name__ == "__main__":
    main()
