"""What a derivation looks at, remembered: it rests on that."""

from typing import TYPE_CHECKING, Any

from services.runtime.kinds import Views
from services.runtime.nodes import node_key, part_of, subject_of
from twincity_schemas.parts import OpenPart, PartCount
from twincity_schemas.values import Subject

if TYPE_CHECKING:
    from services.runtime.derivation import Derivation


class Looking:
    """The states as one derivation sees them; it remembers what was looked at."""

    def __init__(self, derivation: "Derivation", node: str) -> None:
        self.node = node
        self.name = part_of(node)[1]
        self.looked: set[str] = set()
        self._derivation = derivation

    @property
    def subject(self) -> Subject:
        """The subject that is derived."""
        return Subject.parse(subject_of(self.node))

    @property
    def index(self) -> Any:
        """What the service keeps over all its nodes."""
        return self._derivation.index

    @property
    def own(self) -> Views:
        """The node's own views."""
        return self._derivation.views(self.node)

    def of(self, subject: str, part: str = "", name: str = "") -> Views:
        """The views of another node; empty where nothing was said of it."""
        node = node_key(subject, part, name)
        self.looked.add(node)
        return self._derivation.views(node)

    def all_of(self, subject: str, part: str) -> dict[str, Views]:
        """The views of every node of a part of a subject, by name."""
        self.looked.add(node_key(subject, part))
        return {
            name: self._derivation.views(node_key(subject, part, name))
            for name in self._derivation.names(subject, part)
        }

    @property
    def statements(self) -> int:
        """How many statements about the subject were taken in."""
        return self._derivation.kept(str(self.subject)).statements

    @property
    def statements_digest(self) -> str:
        """Of their set."""
        return "sha256:" + self._derivation.kept(str(self.subject)).statements_digest

    @property
    def parts(self) -> dict[str, PartCount]:
        """How many records there are of each part of the subject."""
        return {
            part: PartCount(count=count, digest=f"sha256:{digest}")
            for part, (count, digest) in self._derivation.sums(
                str(self.subject)
            ).items()
        }

    @property
    def open(self) -> tuple[int, tuple[OpenPart, ...]]:
        """How much is open on the subject, and what is due first."""
        count, items = self._derivation.open(str(self.subject))
        return count, tuple(OpenPart(part=part, due=due) for due, part in items)
