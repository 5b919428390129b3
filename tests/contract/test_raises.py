"""An error that a public function raises is named in its docstring."""

import ast
import importlib
from collections.abc import Iterator
from pathlib import Path

import typer

from services import cli

ROOT = Path(__file__).parents[2]
FOLDERS = {"services": ROOT, "schemas/twincity_schemas": ROOT / "schemas"}

Function = ast.FunctionDef | ast.AsyncFunctionDef
Scope = Function | ast.Lambda | ast.ClassDef


def modules() -> Iterator[tuple[str, Path]]:
    for folder, above in FOLDERS.items():
        for path in sorted((ROOT / folder).rglob("*.py")):
            if path.stem != "__main__":
                inner = path.relative_to(above).with_suffix("")
                yield ".".join(inner.parts).removesuffix(".__init__"), path


def raised(node: ast.AST, caught: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Yields each class that is raised, and the classes that are caught around it."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, Scope):
            continue
        if isinstance(child, ast.Try):
            around = [ast.unparse(h.type) for h in child.handlers if h.type]
            for inner in child.body:
                yield from raised(ast.Module([inner], []), (*caught, ", ".join(around)))
            outer = [*child.handlers, *child.orelse, *child.finalbody]
            yield from raised(ast.Module(outer, []), caught)  # type: ignore[arg-type]
            continue
        if isinstance(child, ast.Raise) and child.exc is not None:
            call = child.exc
            name = call.func if isinstance(call, ast.Call) else call
            if isinstance(name, ast.Name) and name.id[0].isupper():
                yield name.id, *caught
        yield from raised(child, caught)


def commands(group: typer.Typer) -> Iterator[object]:
    """Yields the commands: their docstrings are the help that a user reads."""
    yield from (one.callback for one in group.registered_commands)
    for inner in group.registered_groups:
        if inner.typer_instance is not None:
            yield from commands(inner.typer_instance)


def public(node: ast.AST) -> Iterator[Function]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, Scope) and not isinstance(child, ast.Lambda):
            if child.name.startswith("_"):
                continue
            if isinstance(child, ast.ClassDef):
                yield from public(child)
            else:
                yield child


cli.add_commands()
COMMANDS = frozenset(commands(cli.app))


def unnamed(name: str, path: Path) -> Iterator[str]:
    module, live = ast.parse(path.read_text("utf-8")), importlib.import_module(name)
    for function in public(module):
        if vars(live).get(function.name) in COMMANDS:
            continue
        _, _, section = (ast.get_docstring(function) or "").partition("Raises:")
        for error, *caught in raised(function):
            family = eval(error, {**vars(live)}).__mro__  # noqa: S307  our own source
            names = {one.__name__ for one in family}
            inside = any(one in " ".join(caught) for one in names - {"object"})
            if not inside and not any(one in section for one in names):
                yield f"{path.relative_to(ROOT)}: {function.name}: {error}"


def test_every_error_of_a_public_function_is_named() -> None:
    found = [line for name, path in modules() for line in unnamed(name, path)]
    assert not found, "\n".join(found)
