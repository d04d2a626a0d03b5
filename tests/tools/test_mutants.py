"""The mutants can be made: each differs from the model where it says, and is Python. Running them is a command of its own."""

import ast
import signal
from collections import Counter

import pytest

from tools.mutants import generated, run
from tools.mutants.mutant import KINDS, Edit, source

MUTANTS = run.all_mutants()


def test_there_are_enough_of_every_kind_and_no_two_of_a_name() -> None:
    assert len(MUTANTS) >= 60
    assert set(KINDS) == {mutant.kind for mutant in MUTANTS}
    assert max(Counter(mutant.name for mutant in MUTANTS).values()) == 1


def test_no_mistake_is_made_twice() -> None:
    texts = Counter(tuple(sorted(mutant.files().items())) for mutant in MUTANTS)
    assert max(texts.values()) == 1


def test_every_mutant_is_python_and_differs_from_the_model_in_what_it_does() -> None:
    for mutant in MUTANTS:
        for file, text in mutant.files().items():
            assert ast.dump(ast.parse(text)) != ast.dump(ast.parse(source(file))), mutant.name


def test_an_edit_must_name_exactly_one_place() -> None:
    edit = Edit("somewhere.py", "a + b", "a - b")
    assert edit.applied("c = a + b") == "c = a - b"
    for text in ("c = a * b", "c = a + b; d = a + b"):
        with pytest.raises(ValueError, match="make it exactly one"):
            edit.applied(text)


def test_equivalent_mutants_are_among_those_made() -> None:
    made = {mutant.name for mutant in MUTANTS}
    assert set(generated.EQUIVALENT) <= made
    assert all(len(mutant.equivalent) > 20 for mutant in MUTANTS if mutant.name in generated.EQUIVALENT)


def test_the_killer_is_read_off_the_tests_output() -> None:
    said = "tests/simulation/test_a.py::test_b[x y] FAILED\n=== short ===\nFAILED tests/simulation/test_a.py::test_b[x y] - boo\n"
    assert run.killer(said, 1, True) == "test_a.py::test_b[x y]"
    assert run.killer("", 0, True) == ""
    begun = "tests/simulation/test_a.py::test_b "
    assert run.killer(begun, -signal.SIGXCPU, True) == "test_a.py::test_b (did not end)"
    assert run.killer(begun, -signal.SIGXCPU, False) == ""  # slow perhaps; the compiled tests decide
    with pytest.raises(RuntimeError, match="named no test"):
        run.killer("no such file", 4, True)


def test_every_place_has_its_nearest_tests() -> None:
    for mutant in MUTANTS:
        assert run.nearest(mutant), mutant.name
