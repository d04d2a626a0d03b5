"""The documents say what the code says: tables are current, names exist, none is missing, links resolve."""

import inspect
import pkgutil
import re
import tomllib
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

from experiments.docs import BLOCK, DOCUMENT, TABLES, renewed
from simulation import agents, calendar, case, chance, codes, learning, model, rules
from simulation.kernel.arrays import CASE
from simulation.measures import MEASURES
from simulation.parameters import GROUPS, parameters
from simulation.record import LOG, WEEKLY

ROOT = Path(__file__).parents[1]
TEXT = DOCUMENT.read_text(encoding="utf-8")
BY_HAND = BLOCK.sub("", TEXT)
SECTIONS = dict(re.findall(r"^### (Rule \d+)\. .*?\n(.*?)(?=^##)", TEXT, re.MULTILINE | re.DOTALL))
FORMULAS = "".join(re.findall(r"```(.*?)```", BY_HAND, re.DOTALL))
DOCUMENTS = [*ROOT.glob("docs/*.md"), *(ROOT / name for name in ("README.md", "CONTRIBUTING.md"))]
DOCUMENTS = sorted(path for path in DOCUMENTS if path.exists())

MODULES = [info.name for info in pkgutil.iter_modules(rules.__path__)]
RULES = {name: import_module(f"simulation.rules.{name}") for name in MODULES}
STEPS = {"case": case, "learning": learning}


def functions_of(modules: dict[str, ModuleType]) -> list[str]:
    """The public functions that modules define, as the document names them."""
    return sorted(
        f"{name}.{function}"
        for name, module in modules.items()
        for function, value in vars(module).items()
        if inspect.isfunction(value) and value.__module__ == module.__name__ and not function.startswith("_")
    )


RULE_FUNCTIONS = functions_of(RULES)
CLASSES = {cls.__name__: cls for cls in (agents.Rep, agents.Manager, agents.Customer, model.SellingModel)}
QUOTED = sorted(set(re.findall(r"`([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)`", BY_HAND)))
DECLARED_PURPOSES = inspect.getsource(chance).partition("# Purposes")[2]
PURPOSES = re.findall(r"^([A-Z_]+): Final = \d+$", DECLARED_PURPOSES, re.MULTILINE)


def target(name: str) -> object:
    """What a dotted name stands for. Raises AttributeError or ModuleNotFoundError if for nothing."""
    head, _, rest = name.partition(".")
    if head in ("simulation", "experiments"):
        return import_module(name)
    owner: ModuleType | type
    if head == "kernel":
        module, _, rest = rest.partition(".")
        owner = import_module(f"simulation.kernel.{module}")
    else:
        owner = CLASSES.get(head) or RULES.get(head) or import_module(f"simulation.{head}")
    return getattr(owner, rest)


@pytest.mark.parametrize("name", TABLES)
def test_a_generated_table_stands_in_the_document_once_and_is_current(name: str) -> None:
    blocks = [block for block in BLOCK.finditer(TEXT) if block[2] == name]
    assert len(blocks) == 1
    assert blocks[0][0] == renewed(blocks[0][0]), "run: python -m experiments.docs"


def test_all_blocks_are_closed() -> None:
    assert len(re.findall("<!-- generated:", TEXT)) == len(re.findall("<!-- end -->", TEXT)) == len(TABLES)


def test_an_outdated_table_is_renewed_and_noticed() -> None:
    old = "a\n<!-- generated: presets -->\nold\n<!-- end -->\nz\n"
    assert "old" not in renewed(old)
    assert renewed(renewed(old)) == renewed(old)
    with pytest.raises(KeyError):
        renewed(old.replace("presets", "no-such-table"))


@pytest.mark.parametrize("name", [name for name in QUOTED if "." in name])
def test_a_function_named_in_the_document_exists(name: str) -> None:
    assert target(name) is not None


def test_a_name_of_nothing_would_be_noticed() -> None:
    for name in ("belief.no_such_rule", "Rep.no_such_verb", "kernel.reps.no_such_loop"):
        with pytest.raises(AttributeError):
            target(name)


def test_every_other_name_in_the_document_is_declared() -> None:
    known = {p.name for p in parameters()} | {m.name for m in MEASURES} | set(WEEKLY.names or ()) | set(LOG.names or ())
    known |= set(CLASSES) | set(PURPOSES) | {name for name in vars(calendar) | vars(codes) if name.isupper()}
    used = {name for name in QUOTED if "_" in name and "." not in name}
    assert len(used) > 40
    assert used <= known, used - known


@pytest.mark.parametrize("name", [*RULE_FUNCTIONS, *functions_of(STEPS)])
def test_every_rule_function_and_every_step_is_named_in_the_document(name: str) -> None:
    assert f"`{name}`" in BY_HAND


def test_every_rule_has_a_section_that_names_its_functions_and_both_engines() -> None:
    assert list(SECTIONS) == [f"Rule {n}" for n in range(1, 24)]
    for heading, section in SECTIONS.items():
        called = section.partition("\nFunctions:")[2].partition("\n\n")[0]
        assert any(f"`{name}`" in called for name in RULE_FUNCTIONS), heading
        assert re.search(r"`(Rep|Manager|Customer|SellingModel)\.", called), heading
        assert "`kernel." in called, heading


@pytest.mark.parametrize("name", [p.name for p in parameters()])
def test_every_parameter_is_explained_outside_the_tables(name: str) -> None:
    assert name in QUOTED or re.search(rf"\b{name}\b", FORMULAS)


def test_the_neutral_values_are_values_of_their_parameters() -> None:
    table = TEXT.partition("| rule | neutral value |\n|---|---|\n")[2].partition("\n\n")[0]
    neutral = dict(re.findall(r"`(\w+)` ([^,|]*[^,| ])", table))
    named = [p for p in parameters() if p.name in neutral]
    assert len(named) == len(neutral) > 5
    for p in named:
        GROUPS[p.group](**tomllib.loads(f"{p.name} = {neutral[p.name]}"))


def test_every_purpose_of_draws_has_its_path() -> None:
    assert len(PURPOSES) > 20
    first_cells = " ".join(re.findall(r"^\| (`[A-Z].*?) \|", TEXT, re.MULTILINE))
    assert sorted(re.findall(r"`([A-Z_]+)`", first_cells)) == sorted(PURPOSES)


def test_every_field_of_a_case_is_in_its_table() -> None:
    table = TEXT.partition("<!-- generated: case-fields -->")[2].partition("<!-- end -->")[0]
    fields = re.findall(r"\w+", " ".join(re.findall(r"^\| (.+?) \|", table, re.MULTILINE)[1:]))
    assert set(CASE.names or ()) - {"next_waiting"} == set(fields) - {"k"}


def test_every_activity_and_every_column_of_the_weekly_record_is_explained() -> None:
    table = TEXT.partition("| activity | resource | covers |")[2].partition("\n\n")[0]
    assert sorted(re.findall(r"^\| ([\w ]+) \|", table, re.MULTILINE)) == sorted(codes.ACTIVITIES)
    weekly = TEXT.partition("### The weekly record")[2].partition("###")[0]
    assert all(f"`{name}`" in weekly for name in WEEKLY.names or ())


def test_the_glossary_is_in_order_and_gives_each_word_one_meaning() -> None:
    table = TEXT.partition("| word | meaning |\n|---|---|\n")[2].partition("\n\n")[0]
    glossary = re.findall(r"^\| (.+?) \|", table, re.MULTILINE)
    assert len(glossary) > 50
    assert glossary == sorted(set(glossary))


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_within_the_repository_resolve(document: Path) -> None:
    for link in links(document.read_text(encoding="utf-8")):
        file, _, anchor = link.partition("#")
        there = (document.parent / file).resolve() if file else document
        assert there.exists(), f"{document.name}: {link}"
        assert there.is_relative_to(ROOT), f"{document.name}: {link} leaves the repository"
        assert not anchor or anchor in anchors(there), f"{document.name}: {link}"


def links(text: str) -> list[str]:
    """Targets of the Markdown links and images that do not point to the web; code is skipped."""
    text = re.sub(r"```.*?```|`[^`\n]*`", "", text, flags=re.DOTALL)
    found = re.findall(r"\]\(<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\)", text)
    return [link for link in found if not re.match(r"[a-z]+:", link)]


def anchors(document: Path) -> set[str]:
    """The anchors that headings of a Markdown file get."""
    headings = re.findall(r"^#+ (.+)$", document.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}
