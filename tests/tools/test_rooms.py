"""The rooms of experiments/ stand in one order, that of docs/architecture.md, and import only rooms before them."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WALK = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8").partition("## A walk through experiments/")[2]
ROOMS = re.findall(r"^\*\*(\w+)\*\*", WALK.partition("\n## ")[0], re.MULTILINE)


def test_every_room_is_on_the_walk() -> None:
    there = {path.parent.name for path in (ROOT / "experiments").glob("*/__init__.py")}
    assert sorted(ROOMS) == sorted(there)


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_rooms_before_it(room: str) -> None:
    before = ROOMS[: ROOMS.index(room) + 1]
    for path in (ROOT / "experiments" / room).rglob("*.py"):
        used = set(re.findall(r"^\s*from experiments\.(\w+)", path.read_text(encoding="utf-8"), re.MULTILINE))
        assert used <= set(before), f"{path.name}: {used - set(before)}"
