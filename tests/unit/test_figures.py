"""Figures and sentences lead on: to a statement, a month, a list, or the trace."""

import re
from html.parser import HTMLParser

import httpx
import pytest
from typing_extensions import override

from services.gateway.pages import sections
from services.gateway.pages.frame import Visit
from services.gateway.rows import Filter
from tests.support.gateway import Fake
from tests.support.html import OpenElements
from tests.support.story import story

pytestmark = pytest.mark.unit

_EXPLAINED = {"rank", "points"}
"""A rank follows from its row; points have their evidence beside them."""
_FIGURE = re.compile(r"[+−-]?[0-9][0-9,]*(\.[0-9]+)?%?")


class Figures(OpenElements):
    """The figures in columns of figures and in tiles that lead nowhere."""

    def __init__(self) -> None:
        super().__init__()
        self.dead: list[str] = []
        self.seen = 0

    @override
    def handle_data(self, data: str) -> None:
        if self.classes & _EXPLAINED or not self.classes & {"num", "tile"}:
            return
        if _FIGURE.fullmatch(data.strip()) and data.strip() != "0":
            self.seen += 1
            if "a" not in self.tags:
                self.dead.append(data.strip())


class Sentences(HTMLParser):
    """The sentences about what needs someone that lead nowhere."""

    def __init__(self) -> None:
        super().__init__()
        self.dead: list[str] = []
        self.seen = 0
        self._open = False
        self._text, self._leads = "", False

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "ul":
            self._open = "sentences" in (dict(attrs).get("class") or "").split()
        elif tag == "li" and self._open:
            self._text, self._leads = "", False
        self._leads |= tag == "a"

    @override
    def handle_data(self, data: str) -> None:
        self._text += data

    @override
    def handle_endtag(self, tag: str) -> None:
        if tag == "li" and self._open:
            self.seen += 1
            if not self._leads:
                self.dead.append(" ".join(self._text.split()))
        elif tag == "ul":
            self._open = False


_BLOCKS = {"p", "li", "dd", "td", "th", "h1", "h2", "h3", "figcaption", "summary"}
_UNSAID = {"mono", "scale", "evidence", "rule", "points", "rank", "pager", "sure",
           "name"}  # fmt: skip
"""Identifiers, scales, thresholds of a rule, what has its evidence beside it, names."""
_NO_TEXT = {"option", "title", "time", "pre", "label", "dt"}
_TIMES = re.compile(
    r"\d{4}-\d{2}(-\d{2})?( \d{2}:\d{2}(:\d{2})?)?|\d{4} 年( \d+—\d+ 月)?"
    r"|\d{4}—(\d{4})?|^\d{4}$|第 \d+ 版|([Ee]dition|version) \d+"
    r"|(^\d{4}\b.*)?\(10,000 yuan\)"
)
_NUMBER = re.compile(r"(?<![\w.])[+−-]?[1-9][0-9,]*(\.[0-9]+)?%?(?!\w)")


class Numbers(OpenElements):
    """The numbers in running text and in pictures that lead nowhere.

    A number in a text leads on where the smallest piece of text round it (a
    sentence, a cell) has a link; one in a picture has to be a link itself.
    """

    def __init__(self, names: frozenset[str]) -> None:
        super().__init__()
        self._names = names
        self._blocks: list[tuple[list[str], set[str]]] = []
        self.dead: list[str] = []
        self.seen = 0

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        super().handle_starttag(tag, attrs)
        if tag in _BLOCKS:
            self._blocks.append(([], set()))
        elif tag == "a" and self._blocks:
            self._blocks[-1][1].add(tag)

    def _close(self) -> None:
        """End a piece of text; one within a cell leads on by the cell's link."""
        numbers, links = self._blocks.pop()
        if not links and self._blocks:
            self._blocks[-1][0].extend(numbers)
        elif not links:
            self.dead += numbers

    @override
    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Skip what has no inside."""

    @override
    def handle_endtag(self, tag: str) -> None:
        while self._open:
            closed, _ = self._open.pop()
            if closed in _BLOCKS:
                self._close()
            if closed == tag:
                break

    @override
    def handle_data(self, data: str) -> None:
        tags = self.tags
        if "main" not in tags or tags & _NO_TEXT:
            return
        text = " ".join(data.split())
        if self.classes & _UNSAID or text in self._names:
            return
        if not _NUMBER.search(_TIMES.sub("", text)):
            return
        self.seen += 1
        if "a" in tags:
            return
        if "svg" in tags or not self._blocks:
            self.dead.append(text)
        else:
            self._blocks[-1][0].append(text)


def paths(fake: Fake) -> list[str]:
    """The pages of all lists and of all subjects."""
    rows = fake.view.page(Filter(), "", 10_000)
    subjects = {r.subject for r in rows if r.kind or "pool/" in r.subject}
    lists = [entry.path for entry in sections.SECTIONS]
    return [*lists, *(f"/pages/{subject}" for subject in sorted(subjects))]


async def test_every_figure_leads_to_what_it_rests_on() -> None:
    fake = await story()
    dead, seen = {}, 0
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(fake.app), base_url="http://x"
    ) as client:
        for path in paths(fake):
            found = Figures()
            found.feed((await client.get(path)).text)
            seen += found.seen
            if found.dead:
                dead[path] = found.dead
    assert not dead
    assert seen > 200  # or the parser has lost its way


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_every_sentence_leads_to_what_it_rests_on(language: str) -> None:
    fake = await story()
    dead, seen = {}, 0
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(fake.app), base_url="http://x"
    ) as client:
        for path in paths(fake):
            found = Sentences()
            answer = await client.get(path, params={"lang": language})
            found.feed(answer.text)
            seen += found.seen
            if found.dead:
                dead[path] = found.dead
    assert not dead
    assert seen > 50  # or the parser has lost its way


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_every_number_in_running_text_and_pictures_has_a_way_on(
    language: str,
) -> None:
    fake = await story()
    titles = [
        fake.view.title(row.subject) for row in fake.view.page(Filter(), "", 10_000)
    ]
    names = frozenset(name for one in titles if one for name in (one.zh, one.en))
    dead, seen = {}, 0
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(fake.app), base_url="http://x"
    ) as client:
        for path in paths(fake):
            found = Numbers(names)
            found.feed((await client.get(path, params={"lang": language})).text)
            seen += found.seen
            if found.dead:
                dead[path] = found.dead
    assert not dead
    assert seen > 500  # or the parser has lost its way


@pytest.mark.parametrize(
    ("due", "over"),
    [("2025", False), ("2025-01", False), ("2025-01-31", False), ("2025-01-30", True),
     ("2024", True), ("2024-12", True)],
)  # fmt: skip
def test_a_partial_date_is_over_after_its_last_day(due: str, *, over: bool) -> None:
    visit = Visit("/", {}, None, None, "2025-01-31")  # type: ignore[arg-type]
    assert visit.is_over(due) is over
