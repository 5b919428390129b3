"""What the owners of a pool's entries have said, and what they have come to."""

from collections import defaultdict

from services.matching.agreements import PairAgreement, agreement
from services.matching.digests import NO_MEMBERS
from services.matching.entries import NOTHING_SAID, EntryView
from services.runtime.sums import added


class Owners:
    """The views of a pool's entries.

    Attributes:
        views: what the owners said, by entry.
        statements: those that it rests on, as a set.
    """

    def __init__(self) -> None:
        self.views: dict[str, EntryView] = {}
        self.statements = NO_MEMBERS
        self._answered_by: dict[str, set[str]] = defaultdict(set)

    def see(self, subject: str, view: EntryView) -> None:
        """Take in what is now known of an entry."""
        before = self.views.get(subject, NOTHING_SAID)
        count, digest = self.statements
        for known, sign in ((before, -1), (view, 1)):
            if known.entry is not None:  # one that is not published has no record
                count += sign * known.statements
                digest = added(digest, (known.digest or "0", sign))
        self.statements = count, digest
        self.views[subject] = view
        for other in view.answers:
            self._answered_by[other].add(subject)

    def answered(self, subject: str) -> set[str]:
        """The entries that its owner has answered on, or whose owners have."""
        mine = self.views.get(subject, NOTHING_SAID).answers
        return {*mine, *self._answered_by.get(subject, ())}

    def agreement(self, subject: str, other: str) -> PairAgreement:
        """Returns what the owners of two entries have come to."""
        mine, theirs = (self.views.get(n, NOTHING_SAID) for n in (subject, other))
        return agreement(subject, mine, other, theirs)

    def agreements(self, subject: str) -> list[PairAgreement]:
        """Of an entry with each that its owner or theirs spoke of, by name."""
        return [self.agreement(subject, o) for o in sorted(self.answered(subject))]

    def out(self, subject: str) -> set[str]:
        """Whom an entry cannot be recommended to, by what their owners answered."""
        known = ((o, self.agreement(subject, o)) for o in self.answered(subject))
        return {other for other, one in known if one.left or one.held}
