"""One name, one thing: what a reader searches for has one answer."""

import ast
import re
import shutil
import subprocess
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
GIT = shutil.which("git") or "git"
FOLDERS = ("services", "schemas/twincity_schemas")


def modules(*folders: str) -> Iterator[tuple[Path, ast.Module]]:
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield path.relative_to(ROOT), ast.parse(path.read_text("utf-8"))


MODULES = dict(modules(*FOLDERS))
ALL = MODULES | dict(modules("tools", "benchmarks"))


def test_no_class_name_stands_for_two_things() -> None:
    found = defaultdict(list)
    for path, module in MODULES.items():
        for node in module.body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                found[node.name].append(str(path))
    twice = {name: at for name, at in found.items() if len(at) > 1}
    assert twice == {}


ROLES = {
    "apply",
    "derive",
    "derive_list",
    "name_of",
    "record_domain",
    "topic",
    "known_by",
}
"""Of a part or a kind: each module of the table says its own."""
SERVICES = sorted({path.parts[1] for path in MODULES if len(path.parts) > 2})


def is_command(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Tells a command of the command line: its name is a word of its group's."""
    calls = [one.func for one in node.decorator_list if isinstance(one, ast.Call)]
    names = {one.attr for one in calls if isinstance(one, ast.Attribute)}
    return bool(names & {"command", "callback"})


@pytest.mark.parametrize("service", SERVICES)
def test_no_function_name_stands_for_two_things(service: str) -> None:
    found = defaultdict(list)
    for path, module in MODULES.items():
        if path.parts[1] == service:
            for node in module.body:
                if (
                    isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
                    and not node.name.startswith("_")
                    and not is_command(node)
                ):
                    found[node.name].append(str(path))
    twice = {name: at for name, at in found.items() if len(at) > 1}
    assert twice.keys() <= ROLES, twice


VAGUE = {"found", "told", "said", "heard", "pinned"}
"""Everything is found or said: a name says what it holds."""


def names_of(module: ast.Module) -> Iterator[tuple[str, int]]:
    """Variables, parameters, fields and functions, and where each is named."""
    for node in ast.walk(module):
        match node:
            case ast.Name(id=name, ctx=ast.Store()) | ast.arg(arg=name):
                yield name, node.lineno
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield name, node.lineno
            case ast.Attribute(attr=name, ctx=ast.Store()):
                yield name, node.lineno


def test_a_name_says_what_it_holds() -> None:
    vague = [
        f"{path}:{line} {name}"
        for path, module in ALL.items()
        for name, line in names_of(module)
        if name.strip("_").lower() in VAGUE
    ]
    assert not vague


RETIRED = re.compile(r"laid[ _-]?aside|\bla(?:y|ys|ying)[ _]aside|搁置", re.IGNORECASE)
"""Other words for a dead letter (死信): one thing has one term everywhere."""
DATA = re.compile(r"services/matching/(lexical|senses)-")
"""Lists of words of the language itself."""


def test_a_dead_letter_has_one_name() -> None:
    listed = subprocess.run(
        [GIT, "ls-files"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout.splitlines()
    texts = [
        name for name in listed if not DATA.match(name) and (ROOT / name).is_file()
    ]
    assert [
        name
        for name in texts
        if RETIRED.search((ROOT / name).read_text("utf-8", "replace"))
        and ROOT / name != Path(__file__)
    ] == []


def test_every_exception_to_the_linter_has_its_reason() -> None:
    folders = (*FOLDERS, "tests", "benchmarks", "tools", "deploy")
    bare = re.compile(r"#\s*noqa(?!: [A-Z]+[0-9]+(, [A-Z]+[0-9]+)*  ?\S)")
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for folder in folders
        for path in sorted((ROOT / folder).rglob("*.py"))
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if bare.search(line) and path != Path(__file__)
    ]
    assert not found


def test_docstrings_say_what_is_returned() -> None:
    """Plain active English: «Returns the topic of …», «One party's statements»."""
    clause = re.compile(r"(What|Who|How|Where|Which|Whose|When|Whether|Why)\b")
    found = [
        f"{path}: {node.name}"
        for path, module in ALL.items()
        for node in ast.walk(module)
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and clause.match(ast.get_docstring(node) or "")
    ]
    assert not found


def test_no_module_has_two_ideas() -> None:
    longest = 350
    found = {
        str(path): lines
        for path in ALL
        if (lines := len((ROOT / path).read_text("utf-8").splitlines())) > longest
    }
    assert not found


def test_no_effect_is_said_in_one_place() -> None:
    found = {
        str(path)
        for path, module in MODULES.items()
        for node in ast.walk(module)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "NoEffect"
    }
    assert found == {"services/runtime/kinds.py"}
