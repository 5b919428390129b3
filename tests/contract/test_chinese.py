"""The pages in Chinese say what those in English say: no command or table is behind."""

import re

import pytest

from tests.support.chinese import PAGES, ROOT, chinese, copied, headings, rows, words

_CODE = re.compile(r"`([^`]+)`")
_AGAIN = "; run python -m tests.support.chinese, and translate what is new"


@pytest.mark.parametrize("page", PAGES)
def test_it_has_the_same_commands_tables_and_headings(page: str) -> None:
    english = (ROOT / page).read_text("utf-8")
    translated = chinese(page).read_text("utf-8")
    assert copied(translated) == copied(english), _AGAIN
    assert headings(translated) == headings(english), _AGAIN
    assert rows(translated) == rows(english), _AGAIN


@pytest.mark.parametrize("page", PAGES)
def test_every_name_of_the_one_is_in_the_other(page: str) -> None:
    """Settings, paths, options, fields: what is written as code is not translated."""
    named = names((ROOT / page).read_text("utf-8"))
    assert named - names(chinese(page).read_text("utf-8")) == set()


def names(text: str) -> set[str]:
    found = {" ".join(name.split()) for name in _CODE.findall(words(text))}
    return {name for name in found if not re.search("[一-鿿]", name)}


@pytest.mark.parametrize("page", PAGES)
def test_it_is_in_chinese_and_links_lead_somewhere(page: str) -> None:
    path = chinese(page)
    text = words(path.read_text("utf-8"))
    for line in text.splitlines():
        prose = _CODE.sub("", re.sub(r"\]\([^)]*\)", "]", line))
        assert not re.search(r"\b(the|is|and|of)\b [a-z]+ [a-z]+ [a-z]+", prose), line
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text):
        assert (path.parent / target).exists(), target
