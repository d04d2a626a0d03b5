"""The JSON Schema of config files, from the declarations, for editors that complete and check while one writes.

    sellsim schema > experiments/configs/schema.json

It holds what stands in one place: keys, types, bounds, words. What hangs on several places (a regime that is named but
not there, contradictions) is told by `sellsim check` alone.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from experiments.design.factors import STEPS
from experiments.design.file import KINDS, File
from experiments.design.tables import DEFINITION, Table
from experiments.design.values import Whole
from simulation.measures import MEASURES
from simulation.parameters import GROUPS, Parameter, parameters
from simulation.presets import MEANINGS, PRESETS

Schema = dict[str, Any]


def schema_text() -> str:
    """The schema as it stands in experiments/configs/schema.json."""
    return json.dumps(config_schema(), indent=1, ensure_ascii=False) + "\n"


def config_schema() -> Schema:
    """The schema of a config file (JSON Schema, draft 7)."""
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "An experiment of sellsim",
        **_declared(File),
        "definitions": _definitions(),
    }


def _declared(table: type[Table]) -> Schema:
    """The schema of a declared table, with those of the tables within it."""
    schema = table.model_json_schema()
    inner = {f"#/$defs/{name}": one for name, one in schema.pop("$defs", {}).items()}
    tidy: Schema = _tidy(schema, inner)
    return tidy


def _tidy(schema: Any, inner: Mapping[str, Schema]) -> Any:
    """Without what says nothing to people: titles made from names, defaults that are empty, tables by reference."""
    if isinstance(schema, list):
        return [_tidy(one, inner) for one in schema]
    if not isinstance(schema, dict):
        return schema
    if "anyOf" in schema:  # a table that may be left out
        return _tidy(schema["anyOf"][0], inner)
    if "$ref" in schema:
        return _tidy(inner[schema["$ref"]], inner)
    found = {key: one for key, one in schema.items() if key != "title" and (key != "default" or type(one) is int)}
    reference = _ref(found.pop(DEFINITION)) if DEFINITION in found else {}
    return reference | {
        key: {name: _tidy(of, inner) for name, of in one.items()} if key == "properties" else _tidy(one, inner)
        for key, one in found.items()
    }


def _definitions() -> Schema:
    regime: Schema = {"base": {"enum": list(PRESETS), "description": "the preset whose numbers hold where none are given: "
                               + "; ".join(f"{name} = {meaning}" for name, meaning in MEANINGS.items())}}
    declared = list(parameters())
    return {
        "measure": {"enum": [measure.name for measure in MEASURES]},
        "regime": _table("a regime", regime | _constants("regime")["properties"]),
        "design": {"oneOf": [_declared(table) for table in KINDS.values()]},
        "scenario": _table("constants", {group: _constants(group) for group in ("market", "organisation", "horizon")}),
        "regimes": {"type": "object", "description": "the regimes to compare", "additionalProperties": _ref("regime")},
        "uncertainties": _table("what varies and the world decides", {g: _factors(g) for g in ("market", "horizon")}),
        "levers": _table("what varies and the firm decides", _levers()),
        "point": _point(),
        "switch": _switch(),
        **{p.key: _value(p) for p in declared},
        **{f"varied.{p.key}": _factor(p) for p in declared},
    }


def _value(parameter: Parameter) -> Schema:
    """One value of a parameter."""
    if parameter.choices:
        return _described(parameter, {"enum": list(parameter.choices)})
    number = {"type": "integer" if parameter.whole else "number", "minimum": parameter.low, "maximum": parameter.high}
    return _described(parameter, {"anyOf": [number, {"enum": [parameter.word]}]} if parameter.word else number)


def _factor(parameter: Parameter) -> Schema:
    """A list of values or, for numbers, a range."""
    listed = _list(_ref(parameter.key), "the values")
    if parameter.choices:
        return _described(parameter, listed)
    end = {"type": "number", "minimum": parameter.low, "maximum": parameter.high}
    ends = {"from": end, "to": end, "steps": _whole(STEPS, "values at equal distances, both ends among them")}
    return _described(parameter, {"anyOf": [listed, _table("a range", ends, ["from", "to"])]})


def _described(parameter: Parameter, schema: Schema) -> Schema:
    unit = "" if parameter.unit in ("", "1") else f" [{parameter.unit}]"
    return {**schema, "description": f"{parameter.meaning}{unit}; default {parameter.shown(parameter.default)}"}


def _of_group(group: str) -> Iterable[Parameter]:
    return (p for p in parameters() if p.group == group)


def _constants(group: str) -> Schema:
    return _table(f"the {group}", {p.name: _ref(p.key) for p in _of_group(group)})


def _factors(group: str) -> Schema:
    return _table(f"numbers of the {group} that vary", {p.name: _ref(f"varied.{p.key}") for p in _of_group(group)})


def _levers() -> Schema:
    one = {"type": "object", "description": "in one regime", "additionalProperties": _factors("regime")}
    return {"organisation": _factors("organisation"), "regime": _factors("regime"), "regimes": one}


def _point() -> Schema:
    """Values by factor: "market.variety" = 0.4, or nested tables."""
    flat = {p.key: _ref(p.key) for p in parameters()}
    one = {f"^regimes\\..+\\.{p.name}$": _ref(p.key) for p in _of_group("regime")}
    nested = {group: _constants(group) for group in GROUPS}
    nested["regimes"] = {"type": "object", "additionalProperties": _constants("regime")}
    return {**_table("a value for each factor", flat | nested), "patternProperties": one, "minProperties": 1}


def _switch() -> Schema:
    """What one change changes: a pair of values by factor, or nested tables of them."""
    flat = {p.key: _pair(p) for p in parameters()}
    one = {f"^regimes\\..+\\.{p.name}$": _pair(p) for p in _of_group("regime")}
    nested = {group: _table(f"the {group}", {p.name: _pair(p) for p in _of_group(group)}) for group in GROUPS}
    nested["regimes"] = {"type": "object", "additionalProperties": nested["regime"]}
    text: Schema = {"type": "string", "minLength": 1}
    own = {
        "name": {**text, "description": "what to call the change"},
        "after": _list(text, "names of earlier switches, those that are made before it"),
    }
    return {**_table("one change", own | flat | nested, ["name"]), "patternProperties": one, "minProperties": 2}


def _pair(parameter: Parameter) -> Schema:
    return {**_list(_ref(parameter.key), "the value before the change and the one after it"), "minItems": 2, "maxItems": 2}


def _table(description: str, properties: Schema, required: Iterable[str] = ()) -> Schema:
    """A table with these keys and no others."""
    needed = list(required)
    return {
        "type": "object", "description": description, "properties": properties, "additionalProperties": False,
        **({"required": needed} if needed else {}),
    }


def _list(items: Schema, description: str) -> Schema:
    return {"type": "array", "description": description, "items": items, "minItems": 1, "uniqueItems": True}


def _whole(limits: Whole, description: str) -> Schema:
    default = {} if limits.default is None else {"default": limits.default}
    return {"type": "integer", "description": description, "minimum": limits.low, "maximum": limits.high, **default}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/definitions/{name}"}
