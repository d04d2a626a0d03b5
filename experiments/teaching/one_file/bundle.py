"""The page as one file: modules become functions, because browsers load no modules from a file on disk."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

_IMPORT: Final = re.compile(r'^import\s+(?:\*\s+as\s+(?P<all>\w+)|\{(?P<some>[^}]*)\})\s+from\s+"\./(?P<file>[\w.-]+)";', re.M)
_EXPORT: Final = re.compile(r"^export\s+(?=(?:async\s+)?(?:function\s*\*?|class|const)\s+(?P<name>\w+))", re.M)
_OTHER: Final = re.compile(r"^(?:import|export)\b.*", re.M)


def bundle(folder: Path, first: str, replaced: Mapping[str, Path]) -> str:
    """One classic script that does what the module `first` of a folder does.

    replaced: other files in the place of some. Raises ValueError for what this simple way of doing it cannot: modules that
    import each other in a circle, and forms of import and export that the page does not use.
    """
    sources = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.js")}
    sources |= {name: path.read_text(encoding="utf-8") for name, path in replaced.items()}
    parts = [_as_function(name, sources[name]) for name in in_order(sources, first)]
    script = '"use strict";\n' + "\n".join(parts)
    if "</script" in script:
        raise ValueError("a module holds </script, which would end the page's script")
    return script


def in_order(sources: Mapping[str, str], first: str) -> list[str]:
    """The modules that `first` needs and `first` itself, each after those it imports."""
    done: list[str] = []

    def visit(name: str, above: tuple[str, ...]) -> None:
        if name in above:
            raise ValueError(f"modules import each other in a circle: {' -> '.join((*above, name))}")
        if name not in sources:
            raise ValueError(f"{above[-1] if above else 'the page'} imports {name}, which is not there")
        if name not in done:
            for found in _IMPORT.finditer(sources[name]):
                visit(found["file"], (*above, name))
            done.append(name)

    visit(first, ())
    return done


def _as_function(name: str, source: str) -> str:
    """A module as a function that is called at once and returns what the module exports."""
    exported = [found["name"] for found in _EXPORT.finditer(source)]
    body = _EXPORT.sub("", _IMPORT.sub(_taken, source))
    if other := _OTHER.search(body):
        raise ValueError(f"{name}: cannot be put into one file: {other[0]}")
    return f"const {_variable(name)} = (() => {{\n{body}\nreturn {{ {', '.join(exported)} }};\n}})();\n"


def _taken(found: re.Match[str]) -> str:
    """An import as a declaration."""
    if found["all"]:
        return f"const {found['all']} = {_variable(found['file'])};"
    names: Iterable[str] = (re.sub(r"\s+as\s+", ": ", name.strip()) for name in found["some"].split(","))
    return f"const {{ {', '.join(name for name in names if name)} }} = {_variable(found['file'])};"


def _variable(file: str) -> str:
    return "module_" + re.sub(r"\W", "_", file.removesuffix(".js"))
