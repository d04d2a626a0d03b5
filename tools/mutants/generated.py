"""Mistakes made by a machine, without an idea of what the model means: one function, one place, one change."""

import ast
from collections.abc import Iterator
from hashlib import sha256
from typing import Final

from tools.mutants.mutant import Edit, Mutant, source

# How many per file: taken from different functions, by a digest that nobody has chosen.
HOW_MANY: Final = {
    "rules/timing.py": 2, "rules/market.py": 1, "rules/belief.py": 2, "rules/offer.py": 2, "rules/people.py": 2,
    "case.py": 6, "learning.py": 1, "cases.py": 2, "measures.py": 4, "structure.py": 2, "kernel/customers.py": 1,
    "kernel/reps.py": 2, "kernel/peers.py": 1, "kernel/managers.py": 1, "agents.py": 2, "model.py": 1,
}
COMPARISONS: Final = {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "=="}
SIGNS: Final = {"+": "-", "-": "+", "*": "+"}
LOGIC: Final = {"and": "or", "or": "and"}

# Why no test can tell these from the model. The names change with the texts, and so does this list.
EQUIVALENT: Final[dict[str, str]] = {}

Place = tuple[str, str, int, int, str]  # function, kind, from, to, new text


def mutants() -> list[Mutant]:
    """So many for every file as HOW_MANY says."""
    return [mutant for file, n in HOW_MANY.items() for mutant in _of_file(file, n)]


def _of_file(file: str, n: int) -> list[Mutant]:
    text = source(file)
    ordered = sorted(_places(text), key=lambda place: sha256(f"{file} {place}".encode()).digest())
    one_each: dict[str, Place] = {}
    for place in ordered:
        one_each.setdefault(place[0], place)
    return [_mutant(file, text, place) for place in list(one_each.values())[:n]]


def _mutant(file: str, text: str, place: Place) -> Mutant:
    function, kind, start, end, new = place
    first = text.rfind("\n", 0, start) + 1
    last = text.index("\n", end)
    old_line, new_line = text[first:last], text[first:start] + new + text[end:last]
    while text.count(old_line) > 1:  # more lines before it, until there is one such place
        above = text.rfind("\n", 0, first - 1) + 1
        old_line, new_line, first = text[above:last], text[above:first] + new_line, above
    line = " ".join(text[text.rfind("\n", 0, start) + 1 : last].split())
    meaning = f"{text[start:end]} becomes {new} in {function}, `{line}`"
    where = file.removesuffix(".py")
    return Mutant(where, kind, meaning, (Edit(file, old_line, new_line),), EQUIVALENT.get(f"{where}: {meaning}", ""))


def _places(text: str) -> Iterator[Place]:
    """Every place within a function where one operator or small whole number can be exchanged."""
    starts = [0]
    for line in text.splitlines(keepends=True):
        starts.append(starts[-1] + len(line.encode()))
    raw = text.encode()
    assert len(raw.decode()) == len(text)
    for function in ast.walk(ast.parse(text)):
        if isinstance(function, ast.FunctionDef) and not _may_go_on_for_ever(function):
            for node in _behaviour(function):
                for kind, first, last, exchange in _exchanges(node):
                    a, b = starts[first[0] - 1] + first[1], starts[last[0] - 1] + last[1]
                    between = raw[a:b].decode()
                    offset = len(raw[:a].decode())
                    old = between.strip(" ()\n")
                    if old in exchange:
                        at = offset + between.index(old)
                        yield function.name, kind, at, at + len(old), exchange[old]


def _may_go_on_for_ever(function: ast.FunctionDef) -> bool:
    """With a `while`, a mutant may never end; such functions are left to the hand."""
    return any(isinstance(node, ast.While) for node in ast.walk(function))


def _behaviour(function: ast.FunctionDef) -> Iterator[ast.AST]:
    """What a function does: without its signature, and without indices, which would only lead past the end of an array."""
    for statement in function.body:
        if not isinstance(statement, ast.Assert | ast.FunctionDef):
            places = {index for node in ast.walk(statement) if isinstance(node,
            ast.Subscript) for index in ast.walk(node.slice)}
            yield from (node for node in ast.walk(statement) if node not in places)


def _exchanges(node: ast.AST) -> Iterator[tuple[str, tuple[int, int], tuple[int, int], dict[str, str]]]:
    """Kind, first and last position of what may be exchanged, and what for what."""
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        yield "comparison", _end(node.left), _start(node.comparators[0]), COMPARISONS
    elif isinstance(node, ast.BinOp):
        yield "sign", _end(node.left), _start(node.right), SIGNS
    elif isinstance(node, ast.BoolOp):
        yield "logic", _end(node.values[0]), _start(node.values[1]), LOGIC
    elif isinstance(node, ast.Constant) and type(node.value) is int:
        yield "off-by-one", _start(node), _end(node), {str(node.value): str(node.value + 1)}


def _start(node: ast.expr) -> tuple[int, int]:
    return node.lineno, node.col_offset


def _end(node: ast.expr) -> tuple[int, int]:
    assert node.end_lineno is not None
    assert node.end_col_offset is not None
    return node.end_lineno, node.end_col_offset
