"""One party's word about a project: its description, its answers, its leaving.

Folded in the party's own order. What the words of all come to is ``standing``'s.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Generic

from typing_extensions import TypeVar

from services.coordination.place import SAID_AT_ONCE
from services.rules import presence
from services.rules.domains import leading
from services.rules.remembered import Remembered, no_effect_of, remember
from services.runtime.kinds import Name, Reason, States, no_effect
from twincity_schemas.consent import (
    Declined,
    Described,
    Endorsed,
    Withdrawn,
)
from twincity_schemas.message import Event
from twincity_schemas.project import (
    ProjectDescribed,
    ProjectSucceeded,
)
from twincity_schemas.steps import NoEffect
from twincity_schemas.values import Domain

Text = TypeVar("Text", bound=Described, default=ProjectDescribed)
"""What is described: of a project, where nothing else is said."""

VERSION = "version"
"""The part that keeps each description under its digest, for whoever endorsed it."""


@dataclass(frozen=True, slots=True)
class Description(Generic[Text]):
    """One party's description, under the digest that others answer to.

    Attributes:
        text: the statement; its version is how often its digest had changed.
        digest: of its content; kept, for it is costly to compute.
    """

    text: Remembered[Text]
    digest: str

    @property
    def content(self) -> Text:
        """The description itself."""
        return self.text.content


@dataclass(frozen=True, slots=True)
class MeantDescription:
    """A party's description that is meant, by its digest."""

    party: str
    digest: str


@dataclass(frozen=True, slots=True)
class StanceStep:
    """A party's latest answer, or that it left or came back.

    Attributes:
        id: the statement's.
        step: its type.
        back: whether by it a party that had left is there again.
    """

    id: str
    step: str
    back: bool = False


@dataclass(frozen=True, slots=True)
class StanceView(Generic[Text]):
    """One party's statements about the subject itself, folded in its own order.

    Attributes:
        described: when it first described it, as recorded.
        description: its own, the latest.
        given_up: whether it has endorsed another's since its own.
        endorsed: whose it has made its own.
        declined: whose it has refused since, and why.
        withdrawn: why it has taken its word back, while it has.
        successor: which project it says goes on in this one's stead.
        reopened: its statements that take up again what it had not withdrawn.
        latest: what it said last, where that is no description.
    """

    described: datetime | None = None
    description: Description[Text] | None = None
    given_up: bool = False
    endorsed: MeantDescription | None = None
    declined: MeantDescription | None = None
    reason: str | None = None
    withdrawn: str | None = None
    successor: Remembered[ProjectSucceeded] | None = None
    reopened: tuple[str, ...] = ()
    latest: StanceStep | None = None


Views = Mapping[str, StanceView[Text]]
"""Each party's statements about one subject."""

_NOTHING: StanceView[Any] = StanceView()


def apply(
    before: StanceView[Text], event: Event[Any], _states: States
) -> StanceView[Text]:
    """Returns a party's view after its next statement about the subject itself."""
    match event.data:
        case Described():
            latest = None
        case ProjectSucceeded():
            # To say what goes on in its stead is no answer to anybody.
            latest = before.latest
        case _:
            back = before.withdrawn is not None and not isinstance(
                event.data, Withdrawn
            )
            latest = StanceStep(event.envelope.id, event.type.fact, back)
    return replace(_after(before, event), latest=latest)


def _after(  # noqa: PLR0911  a return a kind of statement
    before: StanceView[Text], event: Event[Any]
) -> StanceView[Text]:
    # A description and an answer both take the place of the party's last answer, and
    # bring back a party that had withdrawn: whoever speaks on is there.
    match event.data:
        case Described():
            return replace(
                before,
                described=before.described or event.envelope.recorded,
                description=describe(event, before.description),
                given_up=False,
                endorsed=None,
                declined=None,
                reason=None,
                withdrawn=None,
            )
        case Endorsed(party=party, description=digest):
            return replace(
                before,
                given_up=True,
                endorsed=MeantDescription(party, digest),
                declined=None,
                reason=None,
                withdrawn=None,
            )
        case Declined(party=party, description=digest, reason=reason):
            declined = MeantDescription(party, digest)
            return replace(
                before,
                # What it refuses it stands by no more.
                endorsed=None if before.endorsed == declined else before.endorsed,
                declined=declined,
                reason=reason,
                withdrawn=None,
            )
        case ProjectSucceeded():
            return replace(before, successor=remember(event))
        case Withdrawn(reason=reason):
            # Its description is kept, for when it takes the subject up again.
            return replace(before, withdrawn=reason)
        case _ if before.withdrawn is None:  # it takes up again, and had not left
            return replace(before, reopened=(*before.reopened, event.envelope.id))
        case _:
            return replace(before, withdrawn=None)


def describe(
    event: Event[Any], before: Description[Text] | None = None
) -> Description[Text]:
    """Returns a description under its digest, as the next version of a party's own."""
    digest, version = digest_of(event), 1
    if before is not None:
        version = before.text.version + (before.digest != digest)
    return Description(replace(remember(event), version=version), digest)


# By whatever says where a party is, it takes a stance, too.
TAKES: dict[type[Any], Name] = dict.fromkeys(
    (*presence.TAKES, ProjectSucceeded), lambda _event: ""
)


def digest_of(event: Event[Any]) -> str:
    """Returns the digest under which a description is kept."""
    digest: str = event.data.digest
    return digest


@dataclass(frozen=True, slots=True)
class KeptDescription(Generic[Text]):
    """One party's description, for whoever endorsed it."""

    description: Description[Text] | None = None


def keep(
    before: KeptDescription, event: Event[Any], _states: States
) -> KeptDescription:
    """Returns a description, kept for whoever endorses it; said again, it is the same.

    An endorsement is of a text, not of a party: it keeps its meaning when its author
    goes on, so that no party can put other words under another's name.
    """
    return before if before.description else KeptDescription(describe(event))


def eldest(
    views: Views[Text], among: Mapping[str, Description[Text]] | None = None
) -> list[Description[Text]]:
    """Returns the texts of whoever was recorded first to describe the subject.

    Several at the same instant are a tie: a party's code picks none of them. Whoever
    has given its own up for another's since leaves the first place to that.

    Args:
        views: each party's.
        among: by party, the texts to choose from; None: each party's own.
    """
    own = {party: v.description for party, v in views.items() if v.description}
    texts = own if among is None else among
    moments = {p: moment for p in texts if (moment := _described(views, p))}
    given_up = {party for party, view in views.items() if view.given_up}
    return [texts[party] for party in leading(moments, given_up) or texts]


def _described(views: Views[Text], party: str) -> datetime | None:
    return views.get(party, _NOTHING).described


def described_domain(views: Views[Text]) -> Domain | None:
    """Returns the domain that the first say; None while nobody has, or they differ."""
    named = {text.content.domain for text in eldest(views)}
    return named.pop() if len(named) == 1 else None


def idle(views: Views[Text], kind: str = "project") -> tuple[NoEffect, ...]:
    """Returns the statements about a subject of a kind that have no effect.

    Those that take up again what was not withdrawn; and where the first described the
    subject at one instant in two domains, each description, until one gives way.
    """
    without_effect = [
        no_effect(party, statement, f"{kind}.reopened", _NOT_WITHDRAWN)
        for party, view in sorted(views.items())
        for statement in view.reopened
    ]
    if described_domain(views) is None:
        without_effect += [
            no_effect_of(party, view.description.text, SAID_AT_ONCE)
            for party, view in sorted(views.items())
            if view.description is not None
        ]
    return tuple(without_effect)


_NOT_WITHDRAWN: Reason = (
    "not_withdrawn",
    "本方未撤回，无需重启",
    "this party has not withdrawn",
)
