"""A page in English has the marks of English: no 「，」 stands outside a Chinese text.

What the parties wrote keeps the marks that they wrote.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.gateway.pages import site

pytestmark = pytest.mark.unit

_PAGES = Path(site.__file__).parent
_MARKS = re.compile("[，；：（）、「」。]")
_CHINESE = re.compile(r"\bt\(\s*\"[^\"]*\"")
"""The first argument of ``t``: what a reader of Chinese sees."""
_OF_TWO_LANGUAGES = {"t", "Words"}
_IDEOGRAPH = re.compile("[\u4e00-\u9fff]")
_PARSED = {("scores.py", "："), ("scores.py", "、"), ("telling.py", "、")}
"""Texts that are Chinese whoever reads them are read apart by their own marks."""


@pytest.mark.parametrize("template", sorted(_PAGES.glob("templates/*.html")), ids=str)
def test_of_templates(template: Path) -> None:
    text = re.sub(r"\{#.*?#\}", "", template.read_text("utf-8"), flags=re.DOTALL)
    assert not _MARKS.findall(_CHINESE.sub("", text))


@pytest.mark.parametrize("module", sorted(_PAGES.glob("*.py")), ids=str)
def test_of_modules(module: Path) -> None:
    tree = ast.parse(module.read_text("utf-8"))
    chinese = {id(part) for call in _calls(tree) for part in ast.walk(call.args[0])}
    marks = {
        (module.name, node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and id(node) not in chinese
        and _MARKS.search(node.value)
        and not _IDEOGRAPH.search(node.value)
    }
    assert marks <= _PARSED


def _calls(tree: ast.AST) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args:
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if name in _OF_TWO_LANGUAGES:
                yield node
