"""Results folders: old or new as a whole, whatever interrupts the writing."""

import json
import os
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from experiments import store
from experiments.store import StoreError, check_writable, finish_replacing, replacing


def write(folder: Path, text: str, *names: str) -> None:
    """Results made of `names`, each holding `text`, with their manifest."""
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    store.write_json({store.INVENTORY: [*names, store.MANIFEST]}, folder / store.MANIFEST)


def contents(folder: Path) -> dict[str, str]:
    return {name: (folder / name).read_text() for name in store.files_in(folder)}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with earlier results and a file of the user's own."""
    folder = tmp_path / "results"
    with replacing(folder) as new:
        write(new, "old", "a.csv", "figures/old.png")
    (folder / "notes.txt").write_text("mine")
    return folder


def test_new_results_replace_old_ones_and_nothing_else(folder: Path) -> None:
    with replacing(folder) as new:
        write(new, "new", "a.csv", "b.csv")
    found = contents(folder)
    assert json.loads(found.pop(store.MANIFEST))[store.INVENTORY] == ["a.csv", "b.csv", store.MANIFEST]
    assert found == {"a.csv": "new", "b.csv": "new", "notes.txt": "mine"}
    assert not (folder / "figures").exists(), "a figure of other numbers must not stay"


@pytest.mark.parametrize("blow", [KeyboardInterrupt, ValueError, MemoryError])
def test_an_interrupted_writing_leaves_the_old_results(folder: Path, blow: type[BaseException]) -> None:
    before = contents(folder)

    def begin_and_be_interrupted() -> None:
        with replacing(folder) as new:
            write(new, "new", "a.csv")
            raise blow

    with pytest.raises(blow):
        begin_and_be_interrupted()
    assert contents(folder) == before
    assert sorted(path.name for path in folder.iterdir()) == ["a.csv", "figures", store.MANIFEST, "notes.txt"]


def test_what_a_killed_run_left_is_cleared_away(folder: Path) -> None:
    write(folder / ".partial", "half", "stray.csv")
    with replacing(folder) as new:
        write(new, "new", "a.csv")
    assert set(contents(folder)) == {"a.csv", store.MANIFEST, "notes.txt"}


def test_a_replacement_killed_halfway_is_carried_through_later(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [f"{letter}.csv" for letter in "abcd"]
    moved: list[Path] = []

    def killed_at_third(source: Path, target: Path, real: Any = os.replace) -> None:
        moved.append(target)
        if len(moved) == 3:
            raise KeyboardInterrupt
        real(source, target)

    def replace_and_be_killed() -> None:
        with replacing(folder) as new:
            write(new, "new", *names)
            monkeypatch.setattr(store.folder.os, "replace", killed_at_third)

    with pytest.raises(KeyboardInterrupt):
        replace_and_be_killed()
    monkeypatch.undo()
    finish_replacing(folder)
    found = contents(folder)
    assert {found[name] for name in names} == {"new"}
    assert not (folder / ".complete").exists()
    assert "figures/old.png" not in found


def test_a_full_disk_is_said_and_loses_nothing(folder: Path) -> None:
    before = contents(folder)
    with (
        pytest.raises(StoreError, match=r"results: .*No space left on device.*earlier results"),
        replacing(folder),
    ):
        raise OSError(28, "No space left on device")
    assert contents(folder) == before


def test_a_file_is_old_or_new_but_never_half(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.csv"
    store.write_csv(pd.DataFrame({"x": [1]}), path)

    def broken(table: pd.DataFrame, file: Any, **options: Any) -> None:
        file.write(b"ha")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pd.DataFrame, "to_csv", broken)
    with pytest.raises(StoreError, match=r"a\.csv: cannot be written: No space left"):
        store.write_csv(pd.DataFrame({"x": [2]}), path)
    assert path.read_bytes() == b"x\n1\n"
    assert list(tmp_path.iterdir()) == [path]


def test_tables_come_back_as_they_were(tmp_path: Path) -> None:
    table = pd.DataFrame({"x": [0.1, 1 / 3, float("nan")], "name": ["a", "b, c", "ü"]})
    store.write_csv(table, tmp_path / "t.csv")
    store.write_parquet(table, tmp_path / "t.parquet")
    pd.testing.assert_frame_equal(pd.read_csv(tmp_path / "t.csv"), table)
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "t.parquet"), table)
    assert b"\r" not in (tmp_path / "t.csv").read_bytes()


@pytest.mark.parametrize("most_csv_rows", [2, 3])
def test_tables_of_results_keep_six_digits_of_estimates_and_all_of_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most_csv_rows: int
) -> None:
    monkeypatch.setattr("experiments.store.folder.MOST_CSV_VALUES", 5 * most_csv_rows)
    table = pd.DataFrame(
        {"market.variety": [0.1, 1 / 3, 2 / 3], "regime": pd.Categorical(["strict", "blended", None]), "n": [1, 2, 3],
         "mean": [1234567.89, -1 / 3, float("nan")], "p": [1e-30, 0.5, 1.0]}
    )
    store.write_table(table, tmp_path, "t")
    (name,) = store.files_in(tmp_path)
    found = pd.read_csv(tmp_path / name) if name == "t.csv" else pd.read_parquet(tmp_path / name)
    assert found["market.variety"].tolist() == table["market.variety"].tolist()
    assert found["regime"][:2].tolist() == ["strict", "blended"]
    assert found["regime"].isna().tolist() == [False, False, True]
    assert found["n"].tolist() == [1, 2, 3]
    assert found["mean"].tolist() == pytest.approx(table["mean"].tolist(), rel=5e-6, nan_ok=True)
    assert found["mean"].tolist()[:2] != table["mean"].tolist()[:2], "more digits than needed are kept"
    assert found["p"].tolist() == pytest.approx(table["p"].tolist(), rel=1e-6, abs=0)


def test_looking_whether_a_folder_can_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    check_writable(tmp_path / "deep" / "er")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("below", ["", "results"])
def test_a_file_in_the_way_of_the_folder(tmp_path: Path, below: str) -> None:
    (tmp_path / "taken").write_text("x")
    with pytest.raises(StoreError, match=r"taken is not a folder"):
        check_writable(tmp_path / "taken" / below)


def test_a_folder_that_refuses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**options: Any) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(
        store.folder.tempfile, "TemporaryFile", refuse
    )  # rights do not hold for root, who may run the tests
    with pytest.raises(StoreError, match=r"results cannot be written here: Permission denied"):
        check_writable(tmp_path / "results")


@pytest.mark.parametrize("manifest", ["", "[]", "{}", '{"files": 3}', "not json"])
def test_without_a_sound_manifest_nothing_counts_as_ours(tmp_path: Path, manifest: str) -> None:
    (tmp_path / store.MANIFEST).write_text(manifest)
    assert store.inventory(tmp_path) == []


def test_a_manifest_cannot_point_outside_its_folder(tmp_path: Path) -> None:
    names = ["a.csv", "../b.csv", "/etc/passwd", "figures/c.png", "x/../../d", "..\\e", 3, ""]
    (tmp_path / store.MANIFEST).write_text(json.dumps({store.INVENTORY: names}))
    assert store.inventory(tmp_path) == ["a.csv", "figures/c.png"]


def test_a_folder_is_locked_as_long_as_somebody_is_in_it(tmp_path: Path) -> None:
    with store.alone(tmp_path / "runs"):
        with pytest.raises(StoreError, match=r"runs: another process is at work in this folder; wait"):
            store.alone(tmp_path / "runs").__enter__()
        with store.alone(tmp_path / "others"):
            pass
    with store.alone(tmp_path / "runs"):
        pass


def test_a_folder_that_cannot_be_locked(tmp_path: Path) -> None:
    (tmp_path / "taken").touch()
    with pytest.raises(StoreError, match="cannot be locked against other processes"):
        store.alone(tmp_path / "taken").__enter__()


def test_long_tables_are_written_as_parquet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("experiments.store.folder.MOST_CSV_VALUES", 2)
    for n in (2, 3):
        store.write_table(pd.DataFrame({"x": range(n)}), tmp_path, f"of_{n}")
    assert store.files_in(tmp_path) == ["of_2.csv", "of_3.parquet"]
