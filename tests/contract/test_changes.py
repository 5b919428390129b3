"""State changes that the type checker sees, and no others.

``model_copy(update={…})`` and ``replace(x, **changes)`` take any key: a misspelt one
passes mypy and loses the update. A frozen dataclass is changed by
``dataclasses.replace`` with named fields; a pydantic model by a method whose
``**changes`` are an ``Unpack`` of a ``TypedDict`` that names its fields.
"""

import ast
import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import get_type_hints

import pytest

ROOT = Path(__file__).parents[2]
SERVICES = sorted((ROOT / "services").rglob("*.py"))
SUFFIX = "Changes"
"""Of a ``TypedDict`` that names what may change of a model."""
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def typed(function: ast.AST) -> set[str]:
    """Returns the name of a function's ``**changes: Unpack[…]``, if it has any."""
    match function:
        case ast.FunctionDef(
            args=ast.arguments(
                kwarg=ast.arg(
                    arg=name, annotation=ast.Subscript(value=ast.Name("Unpack"))
                )
            )
        ):
            return {name}
    return set()


def untyped(tree: ast.AST, changes: frozenset[str] = frozenset()) -> Iterator[ast.Call]:
    """Yields the changes of state by keys that nothing checks."""
    for node in ast.iter_child_nodes(tree):
        within = frozenset(typed(node)) if isinstance(node, FUNCTIONS) else changes
        match node:
            case ast.Call(func=ast.Attribute(attr="model_copy"), keywords=keywords):
                for keyword in keywords:
                    match keyword:
                        case ast.keyword(arg="update", value=ast.Name(name)):
                            if name not in changes:
                                yield node
                        case ast.keyword(arg="update") | ast.keyword(arg=None):
                            yield node
            case ast.Call(func=ast.Name("replace"), keywords=keywords):
                if any(keyword.arg is None for keyword in keywords):
                    yield node
        yield from untyped(node, within)


@pytest.mark.parametrize(
    ("code", "is_untyped"),
    [
        ("one.model_copy(update={'a': 1})", True),
        ("def f(one, **c):\n    return one.model_copy(update=c)", True),
        ("def f(one, **c: Unpack[C]):\n    return one.model_copy(update=c)", False),
        ("replace(one, **changes)", True),
        ("replace(one, a=1)", False),
        ("one.model_copy()", False),
    ],
)
def test_what_is_untyped(code: str, *, is_untyped: bool) -> None:
    assert bool([*untyped(ast.parse(code))]) is is_untyped


def test_no_state_changes_by_free_keys() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{call.lineno}"
        for path in SERVICES
        for call in untyped(ast.parse(path.read_text("utf-8")))
    ]
    assert not found


def changes() -> Iterator[tuple[str, str]]:
    for path in SERVICES:
        for node in ast.parse(path.read_text("utf-8")).body:
            if (
                isinstance(node, ast.ClassDef)
                and node.name.endswith(SUFFIX)
                and any(
                    isinstance(base, ast.Name) and base.id == "TypedDict"
                    for base in node.bases
                )
            ):
                module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
                yield module, node.name


@pytest.mark.parametrize(("module", "name"), [*changes()])
def test_changes_name_fields_of_their_model(module: str, name: str) -> None:
    """``EnvelopeChanges`` are fields of ``Envelope``; mypy checks their types."""
    there = importlib.import_module(module)
    model = getattr(there, name.removesuffix(SUFFIX))
    assert get_type_hints(getattr(there, name)).keys() <= model.model_fields.keys()
