"""The model's digest says what its code means, and machine code is never that of another model."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

import simulation
from simulation import compiled
from simulation.compiled import config, model_digest

HOME = Path(simulation.__file__).parent

# --- the digest ---

SOURCE = '''
"""A module."""
LEAST: Final = 0.5  # a comment
"""What it is for."""

@rule
def share(part: float, *, whole: float = 2.0) -> str:
    """A docstring."""
    if whole > LEAST:
        return f"{part / whole:>{WIDTH}}"
    return "none"
'''
MEANING = (
    "Module(body=["
    "AnnAssign(annotation=Name(id='Final' )simple=1 target=Name(id='LEAST' )value=float 0.5),"
    "FunctionDef(args=arguments(args=[arg(annotation=Name(id='float' )arg='part' ),]"
    "kw_defaults=[float 2.0,]kwonlyargs=[arg(annotation=Name(id='float' )arg='whole' ),])"
    "body=["
    "If(body=[Return(value=JoinedStr(values=[FormattedValue(conversion=-1 "
    "format_spec=JoinedStr(values=[str '>',FormattedValue(conversion=-1 value=Name(id='WIDTH' )),])"
    "value=BinOp(left=Name(id='part' )op=Div()right=Name(id='whole' ))),])),]"
    "test=Compare(comparators=[Name(id='LEAST' ),]left=Name(id='whole' )ops=[Gt(),])),"
    "Return(value=str 'none'),]"
    "decorator_list=[Name(id='rule' ),]name='share' returns=Name(id='str' )),])"
)
SAME = {
    "another comment": ("# a comment", "# another comment\n# and a line more"),
    "another docstring": ('"""A docstring."""', '"""Another\n\n    docstring."""'),
    "no docstring": ('    """A docstring."""\n', ""),
    "no docstring of the module": ('"""A module."""', ""),
    "no text after a constant": ('"""What it is for."""', ""),
    "another layout": (
        "share(part: float, *, whole: float = 2.0)",
        "share(\n    part: float,\n    *, whole: float=2.0,\n)",
    ),
    "other brackets": ("whole > LEAST", "(whole) > (LEAST)"),
    "other quotes": ('"none"', "'none'"),
    "another spelling of a number": ("0.5", "5e-1"),
}
OTHER = {
    "a constant": ("0.5", "0.25"),
    "a whole number for a float": ("2.0", "2"),
    "an operator": ("part / whole", "part * whole"),
    "a comparison": ("whole > LEAST", "whole >= LEAST"),
    "a name": ("part / whole", "part / part"),
    "a default": (" = 2.0", ""),
    "a type": ("part: float", "part: int"),
    "a decorator": ("@rule\n", ""),
    "a text that is returned": ('"none"', '"None"'),
    "nothing returned": ('return "none"', "return None"),
    "a width": (":>{WIDTH}", ":<{WIDTH}"),
}


def meaning(source, folder):
    path = folder / "source.py"
    path.write_text(source)
    compiled._meaning.cache_clear()
    return compiled._meaning(path)


def test_a_file_means_the_same_on_every_version_of_python(tmp_path):
    assert meaning(SOURCE, tmp_path) == MEANING


@pytest.mark.parametrize(("old", "new"), SAME.values(), ids=SAME)
def test_what_only_readers_need_means_nothing(old, new, tmp_path):
    assert SOURCE.count(old) == 1
    assert meaning(SOURCE.replace(old, new), tmp_path) == MEANING


@pytest.mark.parametrize(("old", "new"), OTHER.values(), ids=OTHER)
def test_whatever_may_decide_a_result_means_something(old, new, tmp_path):
    assert SOURCE.count(old) == 1
    assert meaning(SOURCE.replace(old, new), tmp_path) != MEANING


def test_an_empty_file_may_have_a_docstring(tmp_path):
    assert meaning("", tmp_path) == meaning('"""A room."""', tmp_path)


# --- machine code on disk ---

PROBE = """
from simulation.compiled import entry, model_digest
from simulation.rules import people

@entry
def probe(certainty):
    return people.doubt_on(certainty)

print(probe(0.75), model_digest(), sum(probe.stats.cache_hits.values()))
"""
DOUBTFUL = """
@rule
def doubt_on(certainty: float) -> float:
    return 2.0 - certainty
"""


class Probed(NamedTuple):
    """What a process with a copy of the model says."""

    doubt: float
    digest: str
    loaded: int


class Copy:
    """A copy of the model in a folder of its own, and a small compiled function that calls one of its rules."""

    def __init__(self, folder):
        self.folder, self.home = folder, folder / "simulation"
        self.rules = self.home / "rules" / "people.py"
        self.kept = folder / "kept"
        self.temporary = folder / "temporary"
        self.temporary.mkdir()
        shutil.copytree(HOME, self.home, ignore=shutil.ignore_patterns("__pycache__"))
        (folder / "probe.py").write_text(PROBE)

    def probe(self):
        places = {"NUMBA_CACHE_DIR": self.kept, "TMPDIR": self.temporary, "XDG_CACHE_HOME": self.folder / "user"}
        environment = (
            os.environ | {name: str(place) for name, place in places.items()} | {"PYTHONPATH": str(self.folder)}
        )
        command = [sys.executable, "-B", "probe.py"]
        found = subprocess.run(command, cwd=self.folder, env=environment, stdout=subprocess.PIPE, text=True, check=True)
        doubt, digest, loaded = found.stdout.split()
        return Probed(float(doubt), digest, int(loaded))

    def change_the_rule(self):
        self.rules.write_text(self.rules.read_text() + DOUBTFUL)

    def folders(self):
        """Where machine code lies."""
        return {path.parent for path in self.folder.rglob("*.nb[ci]")}


@pytest.fixture
def copy(tmp_path):
    if config.DISABLE_JIT:
        pytest.skip("nothing is compiled")
    return Copy(tmp_path)


def test_a_changed_rule_is_compiled_anew_and_a_changed_remark_is_not(copy):
    first = copy.probe()
    assert first == (0.25, model_digest(), 0)
    for path in (*copy.home.rglob("*.py"), copy.folder / "probe.py"):
        path.write_text("# a comment\n" + path.read_text() + '\n"""A remark."""\n')
    assert copy.probe() == (0.25, first.digest, 1)
    copy.change_the_rule()
    changed = copy.probe()
    assert changed.doubt == 1.25
    assert changed.digest != first.digest
    assert changed.loaded == 0
    assert copy.folders() == {copy.kept / f"sellsim-{digest[:16]}" for digest in (first.digest, changed.digest)}


def test_without_its_folder_code_is_kept_beside_the_model(copy):
    copy.kept.write_text("a file, where a folder should be")
    first = copy.probe()
    assert first == (0.25, model_digest(), 0)
    assert copy.probe().loaded == 1
    assert copy.folders() == {copy.home / "__pycache__" / f"sellsim-{first.digest[:16]}"}
    copy.change_the_rule()
    assert copy.probe().doubt == 1.25


def test_without_any_folder_no_code_is_kept(copy):
    name = f"sellsim-{model_digest()[:16]}-{os.getuid() if hasattr(os, 'getuid') else ''}"
    for path in (copy.kept, copy.home / "__pycache__", copy.temporary / name):
        path.write_text("a file, where a folder should be")
    assert copy.probe() == (0.25, model_digest(), 0)
    assert copy.folders() == set()
    copy.change_the_rule()
    changed = copy.probe()
    assert changed.doubt == 1.25
    assert {folder.name[:24] for folder in copy.folders()} == {
        f"sellsim-{changed.digest[:16]}"
    }  # its own name was free
