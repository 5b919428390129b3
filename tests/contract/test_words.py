"""Words and what they name belong together: neither is without the other."""

import json
import re
from collections.abc import Iterator
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType
from typing import Any, get_args

import pytest

import twincity_schemas.rules
import twincity_schemas.topology
from services.runtime.settings import Settings
from twincity_schemas.contract import contract
from twincity_schemas.parties import Registry
from twincity_schemas.project import ProjectEndorsed, ProjectSucceeded
from twincity_schemas.topology import topics
from twincity_schemas.words import Coded, Shared, UnwordedError, Worded, table, words_of

MODULES = [
    import_module(f"twincity_schemas.{module.name}")
    for module in iter_modules(twincity_schemas.__path__)
]


def classes(module: ModuleType) -> list[type[Any]]:
    return [
        one
        for one in vars(module).values()
        if isinstance(one, type)
        and issubclass(one, (Worded, Coded))
        and one.__module__ == module.__name__ != Worded.__module__
    ]


def owners(module: ModuleType) -> Iterator[str]:
    """Everything in a module that has words, by the name it has in the table."""
    for cls in classes(module):
        yield cls.__name__
        if issubclass(cls, Coded):
            yield from (f"{cls.__name__}.{code}" for code in cls)
        else:
            fields = cls.model_fields.keys() & vars(cls).get("__annotations__", {})
            yield from (f"{cls.__name__}.{name}" for name in fields)
    if module is twincity_schemas.topology:
        yield from {one.row for one in topics(Registry.load(Settings().parties))}
    if module is twincity_schemas.rules:
        for codes in re.findall(r'"x-rules": (\[.*?\])', json.dumps(contract())):
            yield from json.loads(codes)
    for value in vars(module).values():
        for one in get_args(value):
            if isinstance(one, Shared) and one.module == module.__name__:
                yield one.name


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_every_word_has_an_owner_and_is_in_both_languages(module: ModuleType) -> None:
    words = table(module.__name__)
    assert words.keys() - set(owners(module)) == set()
    assert [name for name, one in words.items() if not one.complete] == []


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_every_class_field_and_code_has_its_words(module: ModuleType) -> None:
    for cls in classes(module):
        if not cls.__subclasses__():  # what only others extend is not spoken of
            assert words_of(cls)
        if issubclass(cls, Coded):
            assert all(code.words for code in cls)
        else:
            assert all(cls.field_words(name) for name in cls.model_fields)


def test_every_rule_has_its_words() -> None:
    assert {*owners(twincity_schemas.rules)} == {*table("twincity_schemas.rules")}


def test_a_field_has_the_words_of_whoever_declares_it() -> None:
    assert ProjectEndorsed.field_words("description").zh == "填报摘要"
    assert ProjectSucceeded.field_words("provenance").zh == "出处单元格"


class Unworded(Worded):
    """Has no table beside it."""

    field: int


def test_what_has_no_words_cannot_be_described() -> None:
    with pytest.raises(UnwordedError, match="Unworded of"):
        words_of(Unworded)
    with pytest.raises(UnwordedError, match=r"Unworded\.field has no words"):
        Unworded.model_json_schema()
