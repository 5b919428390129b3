"""Brings about what a deployment wants of its cluster, and says what differs."""

import asyncio
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from services.access.grants import Drift, Grant, grants, users
from services.access.secrets import Password, Secrets
from services.runtime.settings import Settings
from services.runtime.topics import Cluster
from twincity_schemas.parties import Registry

if TYPE_CHECKING:
    from services.access.cluster import Access

_SHOWN_S, _AGAIN_S = 20.0, 0.2


@dataclass(frozen=True)
class WantedAccess:
    """The users and rights that a deployment wants of its cluster.

    Attributes:
        prefix: of the environment.
        users: all of ours.
        grants: all that they may do.
    """

    prefix: str
    users: list[str]
    grants: frozenset[Grant]

    @classmethod
    def of(cls, settings: Settings, registry: Registry | None = None) -> "WantedAccess":
        """Derive it from the registry, as of now."""
        registry = registry or Registry.load(settings.parties)
        return cls(
            settings.prefix,
            users(registry, settings.prefix, settings.cluster),
            grants(registry, settings.prefix, settings.cluster, at=time.time()),
        )

    def drift(self, access: "Access") -> Drift:
        """Returns how the cluster differs.

        Raises:
            Unavailable: it does not answer, or refuses us.
        """
        return Drift.between(self.grants, access.grants(), self.users, self.prefix)


def opened(settings: Settings) -> "Access":
    """The cluster's users and rights; whoever cannot connect is told why.

    Raises:
        Unavailable: no broker takes us.
        WrongSetting: confluent-kafka is not installed.
    """
    from services.access.cluster import Access  # noqa: PLC0415  the extra

    asyncio.run(_connects(settings))
    return Access(settings)


async def _connects(settings: Settings) -> None:
    async with Cluster(settings):
        """librdkafka would try for ever, and say nothing."""


def bring_about(access: "Access", wanted: WantedAccess, *, prune: bool) -> Drift:
    """Give what is missing, take away what is not wanted where that is asked.

    Returns:
        What still differs when the brokers have had 20 s to show it.
    """
    drift = wanted.drift(access)
    access.create(drift.missing)
    if prune:
        access.remove(drift.excess)
    deadline = time.monotonic() + _SHOWN_S
    while True:
        left = wanted.drift(access)
        settled = not left.missing and not (prune and left.excess)
        if settled or time.monotonic() > deadline:
            return left
        time.sleep(_AGAIN_S)


def give_passwords(
    access: "Access", secrets: Secrets, names: Iterable[str]
) -> list[str]:
    """Set the password of each user that has none, or whose file is the only one left.

    A file that is there is believed: after a cluster was made anew, its users get the
    passwords that everybody has.

    Returns:
        The users whose password was set.
    """
    there = access.mechanisms()
    given = []
    for user in names:
        kept = secrets.read(user)
        if kept is not None and kept.mechanism in there.get(user, ()):
            continue
        password = kept or Password.new(user)
        secrets.write(password)  # first: a password that nobody has helps nobody
        access.set_password(password)
        given.append(user)
    return given
