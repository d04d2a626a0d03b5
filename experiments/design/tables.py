"""Tables of a file as declared classes: one declaration says what may stand there, what is wrong, and what editors are told."""

import unicodedata
from collections.abc import Collection, Iterator, Mapping
from typing import Annotated, Any, ClassVar, Final, TypeVar

from annotated_types import Ge, GroupedMetadata, Gt, Le, MultipleOf
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    WithJsonSchema,
)
from pydantic.fields import FieldInfo
from pydantic_core import PydanticCustomError

from simulation.loading import Fault, nearest

DEFINITION: Final = "definition"  # for "$ref", which pydantic would look up before the schema is whole


class Table(BaseModel):
    """A table with these keys and no others; its docstring and its fields' descriptions are what editors show."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)
    STAND_IN: ClassVar[Mapping[str, Any]] = {}  # for what must be there and is faulty, so that reading can go on


T = TypeVar("T", bound=Table)


def whole(low: int, high: int, meaning: str, default: Any = ..., **more: Any) -> Any:
    """A whole number within limits; without a default it must be there."""
    return Field(default, ge=low, le=high, description=meaning, **more)


def read(model: type[T], data: object, key: str, faults: list[Fault], **context: Any) -> T:
    """A table from plain data that stands at `key`; what is faulty is noted, and left out or replaced by a stand-in.

    context: what the names in it are checked against.
    """
    try:
        return model.model_validate(data, context=context)
    except ValidationError as error:
        problems = error.errors()
    table = dict(data) if isinstance(data, Mapping) else {}
    for problem in problems:
        path = [str(step) for step in problem["loc"] if isinstance(step, str)]
        faults.append(Fault(".".join(part for part in (key, *path) if part), _explain(model, path, problem)))
        table.pop(path[0] if path else "", None)
    return model.model_validate({**model.STAND_IN, **table}, context=context)


def _explain(model: type[Table], path: list[str], problem: Mapping[str, Any]) -> str:
    """What is wrong, what is allowed, and which key may have been meant."""
    kind, value = problem["type"], problem["input"]
    if kind in ("model_type", "dict_type"):
        return f"must be a table, not {value!r}"
    owner = _owner(model, path)
    if kind == "extra_forbidden":
        return f"unknown key (value {value!r}){nearest(path[-1], tuple(owner.model_fields))}"
    if kind == "fault":
        return str(problem["msg"])
    allowed = _allowed(owner.model_fields[path[-1]])
    return f"is missing; {allowed}" if kind == "missing" else f"{value!r} is not allowed here; {allowed}"


def _owner(model: type[Table], path: list[str]) -> type[Table]:
    """The class of the table in which the last key of a path stands."""
    for step in path[:-1]:
        inner = model.model_fields[step].annotation
        model = next(one for one in (inner, *getattr(inner, "__args__", ())) if isinstance(one, type) and issubclass(one, Table))
    return model


def _allowed(field: FieldInfo) -> str:
    limits = {type(limit): limit for limit in field.metadata}
    if Ge in limits:
        number = "an even number" if MultipleOf in limits else "a whole number"
        return f"allowed is {number} from {limits[Ge].ge} to {limits[Le].le}"
    return "allowed is a number above 0" if Gt in limits else f"it should say: {field.description}"


def fault(problem: str) -> PydanticCustomError:
    """What a validator raises, with words to show as they are."""
    return PydanticCustomError("fault", "{problem}", {"problem": problem})


class Together(GroupedMetadata):
    """Several validators and constraints under one name."""

    def __init__(self, *parts: object) -> None:
        self._parts = parts

    def __iter__(self) -> Iterator[object]:
        return iter(self._parts)


def one_of(what: str, known: str | Collection[str], reference: str = "") -> Together:
    """A name out of some, or out of those that `read` is given under a name; `what` says of what: "a measure".

    reference: where the schema lists them; without it, any text will do there.
    """

    def check(value: object, info: ValidationInfo) -> object:
        names = (info.context or {})[known] if isinstance(known, str) else known
        if not isinstance(value, str) or value not in names:
            raise fault(f"{value!r} is not {what}{nearest(value, tuple(names))}")
        return value

    schema = {DEFINITION: reference} if reference else {"type": "string", "minLength": 1}
    return Together(BeforeValidator(check), WithJsonSchema(schema))


def described(name: str) -> WithJsonSchema:
    """Of something that others check: under which name the schema describes it."""
    return WithJsonSchema({DEFINITION: name})


def _text(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise fault(f"must be a text in quotation marks, not {value!r}")
    if any(unicodedata.category(sign) == "Cc" and sign not in "\n\t" for sign in value):
        raise fault(f"holds control characters: {value!r}")
    return value.strip()


Text = Annotated[str, BeforeValidator(_text), Field(min_length=1)]
"""A text that says something."""


def several(of: str) -> Together:
    """Validators of a list that is not empty and holds nothing twice; `of` says what it should hold: "measures"."""

    def is_list(value: object) -> object:
        if isinstance(value, list) and value:
            return value
        raise fault(f"must be a list of {of}, not {value!r}" if value != [] else f"is empty; list {of}")

    def nothing_twice(values: list[Any]) -> list[Any]:
        seen: set[str] = set()  # by how it is written, since tables have no hash and a list of points may be long
        for value in values:
            if repr(value) in seen:
                raise fault(f"holds {value!r} twice")
            seen.add(repr(value))
        return values

    unique = Field(min_length=1, json_schema_extra={"uniqueItems": True})
    return Together(BeforeValidator(is_list), AfterValidator(nothing_twice), unique)
