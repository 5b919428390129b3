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
from tests.support.story import story

pytestmark = pytest.mark.unit

_VOID = {"img", "input", "br", "meta", "link", "hr"}
_EXPLAINED = {"rank", "points"}
"""A rank follows from its row; points have their evidence beside them."""
_FIGURE = re.compile(r"[+−-]?[0-9][0-9,]*(\.[0-9]+)?%?")

_BLOCKS = {"td", "th", "li", "dd", "p", "svg", "figcaption", "h1", "h2", "h3"}
_NO_TEXT = {"head", "script", "style", "option", "title", "pre"}
_EXPLAINED_IN_TEXT = {*_EXPLAINED, "mono", "scale", "sure", "evidence"}
"""A scale says no figure; a confidence has its pairs, a term its points beside it."""
_AMOUNT = re.compile(
    r"(?<![\w.@-])[+−-]?"
    r"([0-9][0-9,]*\.[0-9]+%?|[0-9]{1,3}(,[0-9]{3})+(?! yuan)|[0-9]+%)"
)


class Figures(HTMLParser):
    """The figures in columns of figures and in tiles that lead nowhere."""

    def __init__(self) -> None:
        super().__init__()
        self._open: list[tuple[str, set[str]]] = []
        self.dead: list[str] = []
        self.seen = 0

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _VOID:
            classes = (dict(attrs).get("class") or "").split()
            self._open.append((tag, set(classes)))

    @override
    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop()[0] != tag:
            pass

    @override
    def handle_data(self, data: str) -> None:
        classes = set[str]().union(*(of for _, of in self._open))
        if classes & _EXPLAINED or not classes & {"num", "tile"}:
            return
        if _FIGURE.fullmatch(data.strip()) and data.strip() != "0":
            self.seen += 1
            if not any(tag == "a" for tag, _ in self._open):
                self.dead.append(data.strip())


class RunningText(HTMLParser):
    """The figures in running text and in pictures with no way on where they stand."""

    def __init__(self) -> None:
        super().__init__()
        self._open: list[tuple[str, set[str]]] = []
        self._blocks: list[tuple[list[str], bool]] = [([], True)]
        self.dead: list[str] = []
        self.seen = 0

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _VOID:
            return
        self._open.append((tag, set((dict(attrs).get("class") or "").split())))
        if tag in _BLOCKS:
            self._blocks.append(([], False))
        elif tag == "a":
            self._blocks[-1] = (self._blocks[-1][0], True)

    @override
    def handle_endtag(self, tag: str) -> None:
        while self._open:
            closed, _ = self._open.pop()
            if closed in _BLOCKS:
                figures, leads = self._blocks.pop()
                self.dead += [] if leads else figures
            if closed == tag:
                break

    @override
    def handle_data(self, data: str) -> None:
        classes = set[str]().union(*(of for _, of in self._open))
        if classes & _EXPLAINED_IN_TEXT or _NO_TEXT & {tag for tag, _ in self._open}:
            return
        figures = [found[0] for found in _AMOUNT.finditer(data)]
        self.seen += len(figures)
        self._blocks[-1][0].extend(figures)


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


async def test_every_figure_in_running_text_and_pictures_has_a_way_on() -> None:
    fake = await story()
    dead, seen = {}, 0
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(fake.app), base_url="http://x"
    ) as client:
        for path in paths(fake):
            found = RunningText()
            answer = await client.get(path)
            assert answer.status_code == 200, path
            found.feed(answer.text)
            seen += found.seen
            # What a refusal gives as an example is no figure of anybody's.
            if found.dead and path != "/pages/receipts":
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


@pytest.mark.parametrize(
    ("due", "over"),
    [("2025", False), ("2025-01", False), ("2025-01-31", False), ("2025-01-30", True),
     ("2024", True), ("2024-12", True)],
)  # fmt: skip
def test_a_partial_date_is_over_after_its_last_day(due: str, *, over: bool) -> None:
    visit = Visit("/", {}, None, None, "2025-01-31")  # type: ignore[arg-type]
    assert visit.is_over(due) is over
