"""Stored runs: what was written is found again, and what was damaged is not taken for sound."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from experiments.store import StoreError
from experiments.store import runs as stored_runs
from experiments.store.runs import Parts, arm_key, row_type
from simulation.parameters import Regime, Scenario
from simulation.presets import PRESETS

ROW = row_type(0)


def rows(arm: int, seeds: Any, shift: float = 0.0, kind: Any = ROW) -> Any:
    """Rows whose `won` says which run they are."""
    found = np.zeros(len(seeds), kind)
    found["arm"], found["seed"] = arm, seeds
    found["won"] = 1000.0 * arm + np.asarray(seeds) + shift
    return found


def stored(folder: Path, *blocks: Any, kind: Any = ROW) -> Parts:
    """A folder with one part per block."""
    parts = Parts(folder, kind)
    for block in blocks:
        parts.add(block)
        parts.flush()
    return parts


def won(parts: Parts, arm: int, seeds: Any) -> list[float]:
    found = parts.columns(parts.index().find(arm, seeds), ["won"])["won"]
    return [float(value) for value in found]


def files(folder: Path) -> list[Path]:
    return sorted(folder.glob("part-*.npy"))


def test_what_was_stored_is_found_in_any_order_also_by_the_next_who_opens(tmp_path: Path) -> None:
    parts = stored(tmp_path, rows(7, [3, 1]), rows(2**64 - 1, [5]), rows(7, [2]))
    for opened in (parts, Parts(tmp_path, ROW)):
        assert won(opened, 7, [1, 2, 3]) == [7001.0, 7002.0, 7003.0]
        assert opened.index().missing(7, range(6)) == [0, 4, 5]
        assert opened.index().missing(2**64 - 1, [5, 6]) == [6]
        assert opened.index().missing(8, [1]) == [1]
        assert np.isnan(won(opened, 7, [9])).all()


def test_rows_wait_no_longer_than_they_may(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parts = Parts(tmp_path, ROW)
    parts.add(rows(1, [1]))
    assert files(tmp_path) == [], "one file per row would be slow"
    monkeypatch.setattr(stored_runs, "SECONDS_AT_RISK", 0.0)
    parts.add(rows(1, [2]))
    assert won(Parts(tmp_path, ROW), 1, [1, 2]) == [1001.0, 1002.0]
    monkeypatch.undo()
    monkeypatch.setattr(stored_runs, "BYTES_AT_RISK", 3 * ROW.itemsize)
    for seed in range(10, 14):
        parts.add(rows(1, [seed]))
    assert Parts(tmp_path, ROW).index().missing(1, range(10, 14)) == []


def flip(path: Path, place: int) -> None:
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize("damage", ["truncated", "empty", "in the values", "in the names of columns", "in the last byte"])
def test_a_damaged_part_is_set_aside_and_the_others_are_read(tmp_path: Path, damage: str) -> None:
    stored(tmp_path, rows(1, [1, 2]), rows(1, [3]))
    path = files(tmp_path)[0]
    size = path.stat().st_size
    if damage in ("truncated", "empty"):
        os.truncate(path, size // 2 if damage == "truncated" else 0)
    else:
        flip(path, {"in the values": size - 300, "in the names of columns": 100, "in the last byte": size - 1}[damage])
    parts = Parts(tmp_path, ROW)
    assert parts.damaged == [f"damaged-{path.name}"]
    assert (tmp_path / parts.damaged[0]).exists()
    assert parts.index().missing(1, [1, 2, 3]) == [1, 2]
    parts.add(rows(1, [1, 2]))
    assert won(parts, 1, [1, 2, 3]) == [1001.0, 1002.0, 1003.0]
    assert Parts(tmp_path, ROW).damaged == []


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_full_disk_loses_only_what_was_not_written_yet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    parts = stored(tmp_path, rows(1, [1]))

    def full(*arguments: Any) -> None:
        raise OSError(28, "No space left on device")

    parts.add(rows(1, [2]))
    monkeypatch.setattr(f"experiments.store.disk.os.{step}", full)
    with pytest.raises(StoreError, match=r"runs cannot be stored: No space left on device.*the same command goes on"):
        parts.flush()
    monkeypatch.undo()
    assert [path.name for path in tmp_path.iterdir()] == [files(tmp_path)[0].name], "half a part must not stay"
    assert Parts(tmp_path, ROW).index().missing(1, [1, 2]) == [2]


def test_what_a_killed_writer_left_is_cleared_away(tmp_path: Path) -> None:
    stored(tmp_path, rows(1, [1]))
    (tmp_path / ".part-000002-0123456789abcdef.npy").write_bytes(b"half")
    parts = Parts(tmp_path, ROW)
    assert (parts.damaged, parts.index().missing(1, [1])) == ([], [])
    assert list(tmp_path.iterdir()) == files(tmp_path)


def test_many_small_parts_are_merged_and_no_run_is_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored_runs, "MOST_SMALL_PARTS", 4)
    parts = Parts(tmp_path, ROW)
    most = 0
    for seed in range(40):
        parts.add(rows(seed % 3, [seed, 100]))
        parts.flush()
        most = max(most, len(files(tmp_path)))
    assert most <= 5
    for opened in (parts, Parts(tmp_path, ROW)):
        for arm in range(3):
            assert won(opened, arm, range(arm, 40, 3)) == [1000.0 * arm + seed for seed in range(arm, 40, 3)]
    assert sum(len(np.load(path)) for path in files(tmp_path)) < 60, "runs stored again and again are kept once when merged"


def test_a_merger_killed_before_the_small_parts_are_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(path: Path, missing_ok: bool = False) -> None:
        raise KeyboardInterrupt

    parts = stored(tmp_path, rows(1, [1]), rows(1, [2]))
    parts.add(rows(1, [3]))
    monkeypatch.setattr(stored_runs, "MOST_SMALL_PARTS", 2)
    monkeypatch.setattr(Path, "unlink", killed)
    with pytest.raises(KeyboardInterrupt):
        parts.flush()
    monkeypatch.undo()
    assert len(files(tmp_path)) == 4
    assert won(Parts(tmp_path, ROW), 1, [1, 2, 3]) == [1001.0, 1002.0, 1003.0]


def test_parts_without_curves_do_not_count_where_curves_are_wanted(tmp_path: Path) -> None:
    with_curves = row_type(3)
    stored(tmp_path, rows(1, [1]))
    parts = stored(tmp_path, rows(1, [2], kind=with_curves), kind=with_curves)
    assert parts.index().missing(1, [1, 2]) == [1]
    assert parts.columns(parts.index().find(1, [2, 9]), ["curves"])["curves"].shape == (2, 4, 3)
    assert Parts(tmp_path, ROW).index().missing(1, [1, 2]) == []


def test_a_folder_that_cannot_be_opened(tmp_path: Path) -> None:
    (tmp_path / "taken").touch()
    with pytest.raises(StoreError, match="stored runs cannot be opened"):
        Parts(tmp_path / "taken", ROW)


def changed_arms() -> Iterator[tuple[Scenario, Regime]]:
    """The reference firm under the strict regime, with one number after the other changed by the least that can be."""
    scenario, regime = Scenario(), PRESETS["strict"]
    yield scenario, regime
    for group, values in scenario:
        for name, value in values:
            yield scenario.model_copy(update={group: values.model_copy(update={name: other(value)})}), regime
    for name, value in regime:
        yield scenario, regime.model_copy(update={name: other(value)})


def other(value: Any) -> Any:
    if isinstance(value, float):
        return float(np.nextafter(value, -np.inf))
    return value + 1 if isinstance(value, int) else f"not {value}"


def test_every_number_of_scenario_and_regime_decides_the_arm_to_its_last_digit() -> None:
    keys = [arm_key(*arm) for arm in changed_arms()]
    assert len(set(keys)) == len(keys) > 50
    assert arm_key(Scenario(), PRESETS["strict"].model_copy()) == keys[0]
    assert all(0 <= key < 2**64 for key in keys)


def test_a_copy_that_somebody_made_of_a_part_is_set_aside_and_no_hindrance(tmp_path: Path) -> None:
    stored(tmp_path, rows(1, [1]))
    (path,) = files(tmp_path)
    for name in (f"{path.stem} - Copy.npy", f"{path.stem} (1).npy", "part-mine.npy"):
        (tmp_path / name).write_bytes(path.read_bytes())
    parts = Parts(tmp_path, ROW)
    assert len(parts.damaged) == 3
    parts.add(rows(1, [2]))
    assert won(parts, 1, [1, 2]) == [1001.0, 1002.0]
    assert len(files(tmp_path)) == 2
