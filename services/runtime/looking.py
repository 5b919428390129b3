"""What a derivation looks at, remembered: it rests on that."""

from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING, Any

from services.runtime.kinds import Views
from services.runtime.nodes import node_key, part_of, subject_of
from services.runtime.worked import (
    NOTHING,
    Worked,
    WorkedOut,
    all_same,
    copy_of,
    same,
)
from twincity_schemas.parts import OpenPart, PartCount
from twincity_schemas.values import Subject

if TYPE_CHECKING:
    from services.runtime.derivation import Derivation


class Looking:
    """The states as one derivation sees them; it remembers what was looked at."""

    def __init__(self, derivation: "Derivation", node: str) -> None:
        self.node = node
        self._name = subject_of(node)
        self.looked: set[str] = set()
        self.index: Any = derivation.index
        """What the service keeps over all its nodes."""
        self._seen = derivation.seen
        self._derivation = derivation
        self.worked: WorkedOut = {}
        """What was worked out, or found as it was, in this derivation."""
        self._working: list[Worked] = []

    @property
    def subject(self) -> Subject:
        """The subject that is derived."""
        return Subject.parse(self._name)

    @property
    def name(self) -> str:
        """The node's name within its part."""
        return part_of(self.node)[1]

    @property
    def own(self) -> Views:
        """The node's own views."""
        return self._views(self.node)

    def of(self, subject: str, part: str = "", name: str = "") -> Views:
        """The views of another node; empty where nothing was said of it."""
        node = node_key(subject, part, name)
        self.looked.add(node)
        return self._views(node)

    def _views(self, node: str) -> Views:
        views = self._seen.views(node)
        if self._working:
            self._working[-1].views[node] = copy_of(views)
        return views

    def all_of(self, subject: str, part: str) -> dict[str, Views]:
        """The views of every node of a part of a subject, by name."""
        group = node_key(subject, part)
        self.looked.add(group)
        parts = self._all_of(group)
        if self._working:
            copies = {name: copy_of(views) for name, views in parts.items()}
            self._working[-1].parts[group] = copies or NOTHING
        return parts

    def _all_of(self, group: str) -> dict[str, Views]:
        subject, part = subject_of(group), part_of(group)[0]
        return {
            name: self._seen.views(node_key(subject, part, name))
            for name in self._seen.names(subject, part)
        }

    def once(self, key: Hashable, derive: Callable[..., Any], *about: Any) -> Any:
        """Returns ``derive(*about, states)``; anew only if what it looks at differs."""
        worked = self._known(key, about)
        if worked is None:
            worked = Worked(about)
            self._working.append(worked)
            try:
                worked.result = derive(*about, self)
            finally:
                self._working.pop()
        self.looked.update(worked.views, worked.parts)
        if self._working:
            self._working[-1].views |= worked.views
            self._working[-1].parts |= worked.parts
        self.worked[key] = worked
        return worked.result

    def _known(self, key: Hashable, about: tuple[Any, ...]) -> Worked | None:
        """Returns a result that would come out the same now; None if there is none."""
        for known in (self.worked, *self._derivation.worked_out(self.node)):
            worked = known.get(key)
            if worked is not None and self._holds(worked, about):
                return worked
        return None

    def _holds(self, worked: Worked, about: tuple[Any, ...]) -> bool:
        views = self._seen.views
        return (
            worked.about == about
            and all(same(views(node), was) for node, was in worked.views.items())
            and all(
                all_same(self._all_of(group), was)
                for group, was in worked.parts.items()
            )
        )

    def tally(self, part: str) -> dict[str, int]:
        """Returns what the nodes of a part of the subject count, summed."""
        self.looked.add(node_key(self._name, part))
        return self._seen.tally(self._name, part)

    def last(self, part: str, label: str) -> str | None:
        """Returns the last of a part's nodes, by name, that counts a label; or None."""
        self.looked.add(node_key(self._name, part))
        return self._seen.last(self._name, part, label)

    # What is counted of the subject changes with any of its nodes: to look at it is to
    # look at the subject itself.

    @property
    def statements(self) -> int:
        """Returns how many statements about the subject were taken in."""
        self.looked.add(self._name)
        return self._seen.kept(self._name).statements

    @property
    def statements_digest(self) -> str:
        """Of their set."""
        self.looked.add(self._name)
        return "sha256:" + self._seen.kept(self._name).statements_digest

    @property
    def parts(self) -> dict[str, PartCount]:
        """Returns how many records there are of each part of the subject."""
        self.looked.add(self._name)
        return {
            part: PartCount(count=count, digest=f"sha256:{digest}")
            for part, (count, digest) in self._seen.sums(self._name).items()
        }

    @property
    def open(self) -> tuple[int, tuple[OpenPart, ...]]:
        """Returns how much is open on the subject, and what is due first."""
        self.looked.add(self._name)
        count, items = self._seen.open(self._name)
        return count, tuple(OpenPart(part=part, due=due) for due, part in items)
