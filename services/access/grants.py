"""Which user may do what, derived from the registry and the catalogue.

A user is known by name, whichever way it proves that name: by a password, a
certificate's CN or a token's subject. A party's is its code, a service's is its
group; the environment's prefix stands before both.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from typing_extensions import override

from twincity_schemas.parties import Registry
from twincity_schemas.topic import Topic
from twincity_schemas.topology import (
    DECIDING,
    GATEWAY,
    INTEGRATORS,
    MIRROR,
    OPERATORS,
    SERVICES,
    topics,
)


class Resource(StrEnum):
    """The kinds of things that rights are about, as Kafka names them."""

    TOPIC = "topic"
    GROUP = "group"
    TRANSACTION = "transactional-id"
    CLUSTER = "cluster"


class Operation(StrEnum):
    """The acts that rights allow; to read or write is also to see that it is there."""

    READ = "read"
    WRITE = "write"
    DESCRIBE = "describe"
    DESCRIBE_CONFIGS = "describe-configs"


_CLUSTER = "kafka-cluster"
"""What Kafka calls the whole of it."""


@dataclass(frozen=True, order=True)
class Grant:
    """One right of one user.

    Attributes:
        user: its name.
        resource: what kind of thing.
        name: which one; every one whose name begins so, where it is ``prefixed``.
        operation: what it may do, in Kafka's words.
        prefixed: whether ``name`` is the beginning of names.
        allowed: whether it may; Kafka has denials too, we make none.
        host: from where; ``*``: from anywhere.
    """

    user: str
    resource: str
    name: str
    operation: str
    prefixed: bool = False
    allowed: bool = True
    host: str = "*"

    @override
    def __str__(self) -> str:
        """One line."""
        may = "may" if self.allowed else "may not"
        where = "" if self.host == "*" else f" from {self.host}"
        end = "…" if self.prefixed else ""
        what = f"{self.resource} {self.name}{end}{where}"
        return f"{self.user} {may} {self.operation} {what}"


def user_of(role: str, registry: Registry, prefix: str = "") -> str:
    """The user of a party, a service, ``operators`` or ``integrators``.

    No party's code has a dot, so no party can be taken for a service.
    """
    return prefix + (role if role in registry.codes else f"twincity.{role}")


def users(registry: Registry, prefix: str = "", cluster: str = "") -> list[str]:
    """Every user of a deployment: the parties', then the services', the mirror's."""
    return [user_of(role, registry, prefix) for role in _roles(registry, cluster)]


def _roles(registry: Registry, cluster: str) -> list[str]:
    parties = [party.code for party in registry.party]
    alone = all(party.is_at_home(cluster) for party in registry.party)
    mirror = () if alone else (MIRROR,)
    return [*parties, *SERVICES, GATEWAY, OPERATORS, INTEGRATORS, *mirror]


def grants(
    registry: Registry, prefix: str = "", cluster: str = "", *, at: float
) -> frozenset[Grant]:
    """Every right that a deployment wants.

    Args:
        registry: the parties.
        prefix: of the environment.
        cluster: which one it is; see ``topics``.
        at: now, in seconds since 1970: a suspended party loses its inbox.
    """
    catalogue = list(topics(registry, cluster=cluster))
    return frozenset(
        grant
        for role in _roles(registry, cluster)
        for grant in _of(role, registry, catalogue, prefix, at)
    )


def _of(
    role: str, registry: Registry, catalogue: Iterable[Topic], prefix: str, at: float
) -> Iterator[Grant]:
    user = user_of(role, registry, prefix)
    is_party = role in registry.codes
    # A party's gateway works with its party's rights, and integrators are everybody.
    roles = {role, GATEWAY, INTEGRATORS} if is_party else {role}
    silent = is_party and registry[role].suspended(at)
    for topic in catalogue:
        name = prefix + topic.name
        if roles & {*topic.consumers}:
            yield Grant(user, Resource.TOPIC, name, Operation.READ)
        if role in topic.producers and not silent:
            yield Grant(user, Resource.TOPIC, name, Operation.WRITE)
    own = f"{prefix}twincity."
    if role == OPERATORS:
        for operation in (Operation.READ, Operation.DESCRIBE_CONFIGS):
            yield Grant(user, Resource.TOPIC, own, operation, prefixed=True)
        yield Grant(user, Resource.GROUP, own, Operation.DESCRIBE, prefixed=True)
        for operation in (Operation.DESCRIBE, Operation.DESCRIBE_CONFIGS):
            yield Grant(user, Resource.CLUSTER, _CLUSTER, operation)  # access check
    if role in SERVICES:
        yield Grant(user, Resource.GROUP, user, Operation.READ)
    elif role != GATEWAY:
        yield from _named_after(user, Resource.GROUP, Operation.READ)
    if role in {*DECIDING, MIRROR} or is_party:
        yield from _named_after(user, Resource.TRANSACTION, Operation.WRITE)


def _named_after(
    user: str, resource: Resource, operation: Operation
) -> Iterator[Grant]:
    """Its own name and what follows it after a dot, so nothing of a longer name's."""
    yield Grant(user, resource, user, operation)
    yield Grant(user, resource, f"{user}.", operation, prefixed=True)


@dataclass(frozen=True)
class Drift:
    """The differences of a cluster's rights from those that are wanted.

    Attributes:
        missing: wanted, and not there.
        excess: there, on what is ours, and not wanted.
    """

    missing: tuple[Grant, ...]
    excess: tuple[Grant, ...]

    @classmethod
    def between(
        cls,
        wanted: Collection[Grant],
        existing: Collection[Grant],
        ours: Collection[str],
        prefix: str = "",
    ) -> "Drift":
        """Compare.

        Args:
            wanted: what should be.
            existing: what the cluster has, foreign rights included.
            ours: our users.
            prefix: of the environment.
        """
        names = (f"{prefix}twincity.", *ours)
        excess = (
            grant
            for grant in existing
            if grant not in wanted and (grant.user in ours or _concerns(grant, names))
        )
        missing = (grant for grant in wanted if grant not in existing)
        return cls(tuple(sorted(missing)), tuple(sorted(excess)))


def _concerns(grant: Grant, names: Iterable[str]) -> bool:
    """Returns whether somebody else's right reaches into what is ours."""
    if grant.resource == Resource.CLUSTER:
        return False
    if grant.name == "*":
        return True
    return any(
        grant.name.startswith(name)
        if name.endswith(".")
        else grant.name == name or grant.name.startswith(f"{name}.")
        for name in names
    ) or (grant.prefixed and any(name.startswith(grant.name) for name in names))
