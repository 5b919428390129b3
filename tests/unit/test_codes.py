"""No code stands on a page where it has a name: states, kinds, parties, regions."""

import re

import httpx
from typing_extensions import override

from tests.support.folding import REGISTRY
from tests.support.html import OpenElements
from tests.support.story import story
from tests.unit.test_figures import paths
from twincity_schemas.catalogue import build_models
from twincity_schemas.words import Coded

_IDENTIFIERS = {"mono", "code", "pre", "option", "time", "title", "style", "script"}
"""Elements and classes in which a code is what is meant: an identifier, a snippet."""


_CHINESE = re.compile("[一-鿿]")


class Texts(OpenElements):
    """What a reader reads: every text that is no identifier."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    @override
    def handle_data(self, data: str) -> None:
        if not _IDENTIFIERS & (self.tags | self.classes):
            self.texts.append(data)


def codes() -> set[str]:
    """Every code of the contract that has a Chinese name, and the parties'."""
    build_models()
    families = Coded.__subclasses__()
    return {
        *(one.value for family in families for one in family if one.words.zh),
        *REGISTRY.codes,
    }


async def test_no_code_stands_where_it_has_a_name() -> None:
    fake = await story()
    alone = "|".join(sorted(map(re.escape, codes()), key=len, reverse=True))
    # A message that lists in quotes what may be written has to list codes.
    code = re.compile(rf"(?<![\w./#:'-])({alone})(?![\w./#:'-])")
    coded: dict[str, set[str]] = {}
    read = 0
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(fake.app), base_url="http://x"
    ) as client:
        for path in paths(fake):
            page = Texts()
            page.feed((await client.get(path, params={"lang": "zh"})).text)
            read += len(page.texts)
            for text in map(str.strip, page.texts):
                for one in code.findall(text):
                    if one == text or _CHINESE.search(text):
                        coded.setdefault(one, set()).add(f"{path}: {text[:60]}")
    assert not coded
    assert read > 5_000  # or the parser has lost its way
