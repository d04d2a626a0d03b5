"""The JSON Schema of configs: current, agreeing with the shipped configs and with what the loader refuses."""

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import tomli_w
from typer.testing import CliRunner

from experiments.cli import app
from experiments.design.config import load_experiment, resolved
from experiments.design.file import File
from experiments.design.schema import config_schema, schema_text
from simulation.loading import InputError
from simulation.parameters import parameters

CONFIGS = Path(__file__).parents[2] / "experiments" / "configs"
SHIPPED = sorted(CONFIGS.glob("*.toml"))
SCHEMA = config_schema()
TYPES = {"object": dict, "array": list, "string": str, "number": (int, float), "integer": int}
CHECKED = {
    "$ref", "type", "enum", "const", "properties", "patternProperties", "additionalProperties", "required", "minProperties",
    "items", "minItems", "maxItems", "uniqueItems", "minimum", "maximum", "exclusiveMinimum", "multipleOf", "minLength", "anyOf",
    "oneOf",
}
SAID = {"$schema", "title", "description", "default", "definitions"}


def fits(value: Any, schema: Any) -> bool:
    """Whether a value is what a schema describes, for the words of JSON Schema that this one uses."""
    if isinstance(schema, bool):
        return schema
    if "$ref" in schema:
        return fits(value, SCHEMA["definitions"][schema["$ref"].removeprefix("#/definitions/")])
    kind = schema.get("type")
    if kind and (not isinstance(value, TYPES[kind]) or (isinstance(value, bool) and kind in ("number", "integer"))):
        return False
    if ("enum" in schema and value not in schema["enum"]) or value != schema.get("const", value):
        return False
    if "anyOf" in schema and not any(fits(value, one) for one in schema["anyOf"]):
        return False
    if "oneOf" in schema and sum(fits(value, one) for one in schema["oneOf"]) != 1:
        return False
    inner = {"object": table_fits, "array": list_fits, "string": text_fits}.get(kind, number_fits)
    return inner(value, schema)


def table_fits(value: dict[str, Any], schema: dict[str, Any]) -> bool:
    if not set(schema.get("required", ())) <= value.keys() or len(value) < schema.get("minProperties", 0):
        return False
    for key, entry in value.items():
        known = schema.get("properties", {})
        patterns = [one for pattern, one in schema.get("patternProperties", {}).items() if re.search(pattern, key)]
        own = [known[key]] if key in known else patterns or [schema["additionalProperties"]]
        if not all(fits(entry, one) for one in own):
            return False
    return True


def list_fits(value: list[Any], schema: dict[str, Any]) -> bool:
    if not schema["minItems"] <= len(value) <= schema.get("maxItems", len(value)):
        return False
    if schema.get("uniqueItems") and any(entry in value[:n] for n, entry in enumerate(value)):
        return False
    return all(fits(entry, schema["items"]) for entry in value)


def text_fits(value: str, schema: dict[str, Any]) -> bool:
    return len(value) >= schema.get("minLength", 0)


def number_fits(value: Any, schema: dict[str, Any]) -> bool:
    if "minimum" in schema and not schema["minimum"] <= value <= schema["maximum"]:
        return False
    if "exclusiveMinimum" in schema and value <= schema["exclusiveMinimum"]:
        return False
    return value % schema.get("multipleOf", 1) == 0 if "multipleOf" in schema else True


def words_of(schema: Any) -> set[str]:
    """The words of JSON Schema that stand anywhere in a schema."""
    if not isinstance(schema, dict):
        return set()
    words = set(schema)
    for word, inner in schema.items():
        named = word in ("properties", "patternProperties", "definitions")
        for one in inner.values() if named else inner if isinstance(inner, list) else [inner]:
            words |= words_of(one)
    return words


def test_the_committed_schema_is_current() -> None:
    text = (CONFIGS / "schema.json").read_text(encoding="utf-8")
    assert text == schema_text(), "run: sellsim schema > experiments/configs/schema.json"
    assert json.loads(text) == SCHEMA
    assert CliRunner().invoke(app, ["schema"]).stdout == text


def test_no_word_of_the_schema_goes_unchecked_here() -> None:
    assert words_of(SCHEMA) == CHECKED | SAID


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_shipped_configs_fit_as_written_and_resolved(path: Path) -> None:
    assert fits(tomllib.loads(path.read_text(encoding="utf-8")), SCHEMA)
    assert fits(resolved(load_experiment(path)), SCHEMA)
    assert path.read_text(encoding="utf-8").startswith("#:schema schema.json\n"), "editors look for it there"


def test_every_key_and_parameter_is_described() -> None:
    assert set(SCHEMA["properties"]) == set(File.model_fields)
    for parameter in parameters():
        name = f"{parameter.group}.{parameter.name}"
        for definition in (SCHEMA["definitions"][name], SCHEMA["definitions"][f"varied.{name}"]):
            assert parameter.meaning in definition["description"]


SOUND = [
    "[scenario.market]\nvariety = 1\n[regimes.mine]\nbase = 'lean'\nreview_weeks = 'never'",
    "outcomes = ['won']\ncontrasts = [['lean', 'strict']]\n[precision]\noutcome = 'won'\nregime = 'lean'\nhalf_width = 1",
    "[uncertainties]\nmarket.variety = { from = 0, to = 1, steps = 3 }\nmarket.lags = ['fixed']\n"
    "[levers]\nregimes.lean.review_weeks = [1, 'never']\norganisation.reps = [3]",
    "[levers]\nregime.cluster_size = { from = 4, to = 9 }\n[design]\nkind = 'morris'\nsamples = 4\nlevels = 6",
    "[levers]\norganisation.span = { from = 3, to = 9 }\nregime.cluster_size = [9]\n[design]\nkind = 'cross'\nparts = ["
    "{ kind = 'sobol', samples = 4, factors = ['organisation.span'] }, { factors = ['regime.cluster_size'] }, "
    "{ kind = 'list', points = [{ 'regimes.lean.sanction' = 0.5, market = { variety = 0 } }] }]",
    "[design]\nkind = 'switches'\nstart = 'a'\nend = 'b'\nswitches = [{ name = 'x', regime.review_weeks = [4, 'never'] }, "
    "{ name = 'y', after = ['x'], 'regimes.lean.sanction' = [0, 1], market.lags = ['fixed', 'exponential'] }]",
]
FAULTY = [
    "[scenario.market]\nvariety = 1.1",
    "[scenario.market]\nissues = 2.5",
    "[scenario.market]\nvarity = 1",
    "[regimes.mine]\nbase = 'leen'",
    "[regimes.strict]\nreview_weeks = 'always'",
    "outcomes = []",
    "outcomes = ['wonn']",
    "outcomes = ['won', 'won']",
    "contrasts = [['lean']]",
    "[precision]\noutcome = 'won'\nregime = 'lean'",
    "[precision]\noutcome = 'won'\nregime = 'lean'\nhalf_width = 0",
    "[replications]\ncount = 0",
    "[uncertainties]\norganisation.span = [4]",
    "[levers]\nmarket.variety = [0]",
    "[levers]\norganisation.span = { from = 3 }",
    "[levers]\norganisation.span = { from = 3, to = 4, steps = 1 }",
    "[levers]\norganisation.span = [4]\n[design]\nkind = 'gird'",
    "[levers]\norganisation.span = { from = 3, to = 4 }\n[design]\nkind = 'sobol'",
    "[levers]\norganisation.span = { from = 3, to = 4 }\n[design]\nkind = 'morris'\nsamples = 4\nlevels = 3",
    "[design]\nkind = 'list'\npoints = [{ market.variety = 2 }]",
    "[design]\nkind = 'list'\npoints = [{ 'regimes.lean.quorun' = 2 }]",
    "[design]\nkind = 'switches'\nstart = 'a'\nend = 'b'\nswitches = [{ name = 'x' }]",
    "[design]\nkind = 'switches'\nstart = 'a'\nend = 'b'\nswitches = [{ name = 'x', market.variety = [0, 1, 0.5] }]",
    "[design]\nkind = 'switches'\nstart = 'a'\nend = 'b'\nswitches = [{ name = 'x', market.variety = [0, 2] }]",
    "[design]\nkind = 'switches'\nswitches = [{ name = 'x', market.variety = [0, 1] }]",
    "title = ''",
    "nonsense = 1",
]


@pytest.mark.parametrize("text", SOUND)
def test_what_the_loader_takes_the_schema_takes(text: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(f'question = "?"\n{text}', encoding="utf-8")
    experiment = load_experiment(path)
    assert fits(tomllib.loads(path.read_text(encoding="utf-8")), SCHEMA)
    assert fits(tomllib.loads(tomli_w.dumps(resolved(experiment))), SCHEMA)


@pytest.mark.parametrize("text", FAULTY)
def test_what_is_wrong_in_one_place_both_refuse(text: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(f'question = "?"\n{text}', encoding="utf-8")
    with pytest.raises(InputError):
        load_experiment(path)
    assert not fits(tomllib.loads(path.read_text(encoding="utf-8")), SCHEMA)
