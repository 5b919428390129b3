"""A pair's score as a bar, and the words that two texts were paired by: pure."""

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from markupsafe import Markup, escape

from services.gateway.pages import drawing
from services.gateway.pages.telling import Tell
from twincity_schemas.opportunity import Direction
from twincity_schemas.pairing_record import Term
from twincity_schemas.words import Words

WIDE = 220.0

TERMS: dict[str, Words] = {
    "text": Words("共同用语", "words in common"),
    "sense": Words("近义用语", "kindred words"),
    "vector": Words("句意", "meaning"),
    "need_type": Words("需求类别", "need type"),
    "area": Words("领域", "area"),
    "domain": Words("互联互通领域", "connectivity domain"),
    "region": Words("地域", "region"),
    "window": Words("时限", "time window"),
    "amount": Words("金额", "amount"),
    "qualification": Words("资质", "qualification"),
    "denied": Words("供给声明不提供", "ruled out"),
}
"""What the terms of a score are called, in the order of a bar's colours."""


class SharedWords(NamedTuple):
    """The words that speak for a pair, as its record shows them, of each text."""

    demand: tuple[str, ...]
    supply: tuple[str, ...]

    def of(self, direction: Direction) -> tuple[str, ...]:
        """Those of one side."""
        return self.demand if direction is Direction.DEMAND else self.supply


def bar(terms: Sequence[Term], most: int, tell: Tell, wide: float = WIDE) -> str:
    """A score as its terms, one after the other; they add up to it.

    Args:
        terms: of the pair.
        most: the score that fills the whole width.
        tell: in the reader's language.
        wide: in points.
    """
    parts = [
        drawing.PartOfSum(one.points, kind_of(one.name), name_of(one.name, tell))
        for one in terms
        if one.points
    ]
    addends = " + ".join(f"{part.label} {part.points}" for part in parts)
    total = sum(part.points for part in parts)
    return drawing.sum_bar(parts, most, wide, f"{addends} = {total}")


def kind_of(term: str) -> str:
    """The class of the style sheet that colours a term."""
    names = list(TERMS)
    return f"term{names.index(term) if term in TERMS else len(names)}"


def name_of(term: str, tell: Tell) -> str:
    """Returns what a term is called; itself where the scorer has a new one."""
    return tell.words(TERMS[term]) if term in TERMS else term


def shared_words(terms: Iterable[Term]) -> SharedWords:
    """Returns the words that a pair's evidence names."""
    demand: list[str] = []
    supply: list[str] = []
    for term in terms:
        words = term.zh.partition("：")[2].split("、") if term.zh else []
        if term.name == "text":
            demand += words
            supply += words
        elif term.name == "sense":
            for one in words:
                mine, _, theirs = one.partition("～")
                demand.append(mine)
                supply.append(theirs)
    return SharedWords(*(tuple(filter(None, one)) for one in (demand, supply)))


def marked(text: str, words: Iterable[str]) -> Markup:
    """A text with some of its words marked."""
    longest = sorted(set(words), key=lambda word: (-len(word), word))
    if not longest:
        return escape(text)
    pattern = re.compile(f"({'|'.join(map(re.escape, longest))})", re.IGNORECASE)
    pieces = pattern.split(text)
    return Markup("").join(
        Markup("<mark>{}</mark>").format(piece) if n % 2 else escape(piece)
        for n, piece in enumerate(pieces)
    )
