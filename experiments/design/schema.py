"""The JSON Schema of config files, from the declarations, for editors that complete and check while one writes.

    sellsim schema > experiments/configs/schema.json

It holds what stands in one place: keys, types, bounds, words. What hangs on several places (a regime that is named but
not there, contradictions) is told by `sellsim check` alone.
"""

import json
from collections.abc import Iterable
from typing import Any, Final

from experiments.design.config import COUNT, FIRST_SEED, MOST, STEP
from experiments.design.design_tables import KINDS, LEVELS, SAMPLE_SEED, SAMPLES
from experiments.design.factors import STEPS
from experiments.design.values import Whole, shown
from simulation.measures import MEASURES
from simulation.parameters import GROUPS, Parameter, parameters
from simulation.presets import MEANINGS, PRESETS

Schema = dict[str, Any]
TEXT: Final[Schema] = {"type": "string", "minLength": 1}
DESIGNS: Final = {
    "grid": "every combination of the factors' values",
    "list": "points one by one",
    "latin_hypercube": "a Latin hypercube over the factors' ranges",
    "sobol": "a Sobol' sample for variance-based indices; samples × (factors + 2) cells",
    "morris": "trajectories for Morris' screening; samples × (factors + 1) cells",
    "switches": "changes one by one and together, in every combination that there can be",
    "cross": "every point of each part with every point of the others",
    "union": "the parts one after another, with the same factors in each",
}


def schema_text() -> str:
    """The schema as it stands in experiments/configs/schema.json."""
    return json.dumps(config_schema(), indent=1, ensure_ascii=False) + "\n"


def config_schema() -> Schema:
    """The schema of a config file (JSON Schema, draft 7)."""
    properties = {
        "name": {**TEXT, "description": "of the results folder; default: the file's name"},
        "title": {**TEXT, "description": "default: the name"},
        "question": {**TEXT, "description": "what the experiment is to answer"},
        "baseline": {**TEXT, "description": "the regime the others are compared with; default: the first"},
        "outcomes": _list(_ref("measure"), "measures in tables and figures, the most important first"),
        "contrasts": _contrasts(),
        "scenario": _table("constants", {group: _constants(group) for group in ("market", "organisation", "horizon")}),
        "regimes": {"type": "object", "description": "the regimes to compare", "additionalProperties": _ref("regime")},
        "uncertainties": _table("what varies and the world decides", {g: _factors(g) for g in ("market", "horizon")}),
        "levers": _table("what varies and the firm decides", _levers()),
        "design": {**_ref("design"), "description": "how cells are placed among the factors; default: a grid"},
        "replications": _table("runs", {
            "count": _whole(COUNT, "runs of each regime in each cell"),
            "first_seed": _whole(FIRST_SEED, "seed of the first run; the same seeds in all regimes and cells"),
        }),
        "precision": _precision(),
    }  # fmt: skip
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "An experiment of sellsim",
        **_table("one question, and everything that decides its answer", properties, ["question"]),
        "definitions": _definitions(),
    }


def _definitions() -> Schema:
    regime: Schema = {"base": {"enum": list(PRESETS), "description": "the preset whose numbers hold where none are given: "
                               + "; ".join(f"{name} = {meaning}" for name, meaning in MEANINGS.items())}}  # fmt: skip
    declared = list(parameters())
    return {
        "measure": {"enum": [measure.name for measure in MEASURES]},
        "regime": _table("a regime", regime | _constants("regime")["properties"]),
        "design": {"oneOf": [_design(kind) for kind in KINDS]},
        "point": _point(),
        "switch": _switch(),
        **{_key(p): _value(p) for p in declared},
        **{f"varied.{_key(p)}": _factor(p) for p in declared},
    }


def _value(parameter: Parameter) -> Schema:
    """One value of a parameter."""
    if parameter.choices:
        return _described(parameter, {"enum": list(parameter.choices)})
    number = {"type": "integer" if parameter.whole else "number", "minimum": parameter.low, "maximum": parameter.high}
    return _described(parameter, {"anyOf": [number, {"enum": [parameter.word]}]} if parameter.word else number)


def _factor(parameter: Parameter) -> Schema:
    """A list of values or, for numbers, a range."""
    listed = _list(_ref(_key(parameter)), "the values")
    if parameter.choices:
        return _described(parameter, listed)
    end = {"type": "number", "minimum": parameter.low, "maximum": parameter.high}
    ends = {"from": end, "to": end, "steps": _whole(STEPS, "values at equal distances, both ends among them")}
    return _described(parameter, {"anyOf": [listed, _table("a range", ends, ["from", "to"])]})


def _described(parameter: Parameter, schema: Schema) -> Schema:
    unit = "" if parameter.unit in ("", "1") else f" [{parameter.unit}]"
    return {**schema, "description": f"{parameter.meaning}{unit}; default {shown(parameter, parameter.default)}"}


def _of_group(group: str) -> Iterable[Parameter]:
    return (p for p in parameters() if p.group == group)


def _constants(group: str) -> Schema:
    return _table(f"the {group}", {p.name: _ref(_key(p)) for p in _of_group(group)})


def _factors(group: str) -> Schema:
    return _table(f"numbers of the {group} that vary", {p.name: _ref(f"varied.{_key(p)}") for p in _of_group(group)})


def _levers() -> Schema:
    one = {"type": "object", "description": "in one regime", "additionalProperties": _factors("regime")}
    return {"organisation": _factors("organisation"), "regime": _factors("regime"), "regimes": one}


def _point() -> Schema:
    """Values by factor: "market.variety" = 0.4, or nested tables."""
    flat = {_key(p): _ref(_key(p)) for p in parameters()}
    one = {f"^regimes\\..+\\.{p.name}$": _ref(_key(p)) for p in _of_group("regime")}
    nested = {group: _constants(group) for group in GROUPS}
    nested["regimes"] = {"type": "object", "additionalProperties": _constants("regime")}
    return {**_table("a value for each factor", flat | nested), "patternProperties": one, "minProperties": 1}


def _switch() -> Schema:
    """What one change changes: a pair of values by factor, or nested tables of them."""
    flat = {_key(p): _pair(p) for p in parameters()}
    one = {f"^regimes\\..+\\.{p.name}$": _pair(p) for p in _of_group("regime")}
    nested = {group: _table(f"the {group}", {p.name: _pair(p) for p in _of_group(group)}) for group in GROUPS}
    nested["regimes"] = {"type": "object", "additionalProperties": nested["regime"]}
    own = {
        "name": {**TEXT, "description": "what to call the change"},
        "after": _list(TEXT, "names of earlier switches, those that are made before it"),
    }
    return {**_table("one change", own | flat | nested, ["name"]), "patternProperties": one, "minProperties": 2}


def _pair(parameter: Parameter) -> Schema:
    return {**_list(_ref(_key(parameter)), "the value before the change and the one after it"), "minItems": 2, "maxItems": 2}


def _design(kind: str) -> Schema:
    keys: Schema = {
        "factors": _list(TEXT, "the factors covered, as \"market.variety\"; default: all"),
        "points": _list(_ref("point"), "the points, each with the same factors"),
        "samples": _whole(SAMPLES, "points (of a Sobol' sample: base points, a power of two; of Morris: trajectories)"),
        "seed": _whole(SAMPLE_SEED, "of the sample"),
        "levels": {**_whole(LEVELS, "values of each factor, an even number"), "multipleOf": 2},
        "parts": _list(_ref("design"), "designs"),
        "start": {**TEXT, "description": "what to call the state before all changes"},
        "end": {**TEXT, "description": "what to call the state after all changes"},
        "switches": _list(_ref("switch"), "the changes"),
    }  # fmt: skip
    needed = [key for key in KINDS[kind] if key in ("points", "samples", "parts", "start", "end", "switches")]
    properties = {"kind": {"enum": [kind]}, **{key: keys[key] for key in KINDS[kind]}}
    return _table(DESIGNS[kind], properties, needed if kind == "grid" else ["kind", *needed])


def _contrasts() -> Schema:
    pair = {"type": "array", "items": TEXT, "minItems": 2, "maxItems": 2}
    return _list(pair, "pairs [regime, minus this regime]; default: every regime minus the baseline")


def _precision() -> Schema:
    return _table(
        "replications until a paired difference is known well enough",
        {
            "outcome": {**_ref("measure"), "description": "the measure"},
            "regime": {**TEXT, "description": "minus the baseline"},
            "half_width": {"type": "number", "exclusiveMinimum": 0, "description": "of the 95 % interval"},
            "step": _whole(STEP, "runs added at a time"),
            "most": _whole(MOST, "runs at which it ends anyhow"),
        },
        ["outcome", "regime", "half_width"],
    )


def _table(description: str, properties: Schema, required: Iterable[str] = ()) -> Schema:
    """A table with these keys and no others."""
    needed = list(required)
    return {
        "type": "object", "description": description, "properties": properties, "additionalProperties": False,
        **({"required": needed} if needed else {}),
    }  # fmt: skip


def _list(items: Schema, description: str) -> Schema:
    return {"type": "array", "description": description, "items": items, "minItems": 1, "uniqueItems": True}


def _whole(limits: Whole, description: str) -> Schema:
    default = {} if limits.default is None else {"default": limits.default}
    return {"type": "integer", "description": description, "minimum": limits.low, "maximum": limits.high, **default}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/definitions/{name}"}


def _key(parameter: Parameter) -> str:
    return f"{parameter.group}.{parameter.name}"
