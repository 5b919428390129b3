"""The glossary names what is there."""

import importlib
import re
from functools import reduce
from pathlib import Path

import pytest

GLOSSARY = Path(__file__).parents[2] / "docs/glossary.md"
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in GLOSSARY.read_text("utf-8").splitlines()
    if line.startswith("| ") and not line.startswith("| word")
]
MOST = 30


def test_it_is_short_and_says_each_word_once() -> None:
    words = [row[0] for row in ROWS]
    assert len(words) == len({*words}) <= MOST
    assert all(re.search("[一-鿿]", row[1]) for row in ROWS)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_each_word_stands_in_the_code(row: list[str]) -> None:
    module, _, path = row[-1].strip("`").partition(":")
    *owners, name = path.split(".")
    owner = reduce(getattr, owners, importlib.import_module(module))
    fields = getattr(owner, "__dataclass_fields__", {})
    assert name in fields or hasattr(owner, name)
