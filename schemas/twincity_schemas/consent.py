"""Consent (会签): a text is described, and each member answers to it.

A party describes a subject from its own papers. Where another party's description is
right as it stands, it is endorsed by its digest: an endorsement answers to exactly
what was read, whatever came later.
"""

from functools import lru_cache
from typing import TYPE_CHECKING

from typing_extensions import override

from twincity_schemas.canonical import digest
from twincity_schemas.references import OtherMember
from twincity_schemas.statement import Statement
from twincity_schemas.values import Digest, Paragraph

if TYPE_CHECKING:
    from twincity_schemas.values import AsOf, Domain, Source


class Described(Statement):
    """A party's text about a subject, which others endorse or decline."""

    if TYPE_CHECKING:  # each declares them, where its form is to ask for them
        domain: Domain
        as_of: AsOf
        source: Source

    @property
    def digest(self) -> str:
        """Returns what an endorsement answers to: the digest of this description."""
        return _digest(_Itself(self))


class _Itself:
    """A text that is equal to itself alone: whoever holds it keeps its identity."""

    def __init__(self, text: Described) -> None:
        self.text = text

    @override
    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Itself) and self.text is other.text

    @override
    def __hash__(self) -> int:
        return id(self.text)


@lru_cache(maxsize=16)  # of one statement, several rules ask for it
def _digest(one: _Itself) -> str:
    return digest(one.text)


class _Answer(Statement):
    party: OtherMember
    description: Digest


class Endorsed(_Answer):
    """A party makes another's text its own."""


class Declined(_Answer):
    """A party refuses another's text and says why."""

    reason: Paragraph


class Withdrawn(Statement):
    """A party takes back what it said: it stands without a word."""

    reason: Paragraph


class Reopened(Statement):
    """A party that withdrew takes up again where it stood before."""

    reason: Paragraph
