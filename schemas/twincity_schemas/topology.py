"""The catalogue of topics: every topic of a deployment, said once.

Topic creation, ACLs, the AsyncAPI document, the README's table and ``twincity topics
check`` are derived from it.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from twincity_schemas.catalogue import EVENT_TYPES
from twincity_schemas.opportunity import pool_of
from twincity_schemas.parties import Party, Registry
from twincity_schemas.topic import MIRRORED, RECORDED, STORY_TIME, Cleanup, Topic
from twincity_schemas.values import Domain, Subject
from twincity_schemas.words import Words, words_at


@dataclass(frozen=True)
class SubjectKind:
    """A kind of subject: the first part of an identifier.

    Attributes:
        service: which service derives its records.
        partitions: of its topic.
        also: which services need its statements for records of other kinds.
        one_owner: whether a subject of the kind has one member alone.
    """

    service: str
    partitions: int
    also: tuple[str, ...] = ()
    one_owner: bool = False

    @property
    def readers(self) -> tuple[str, ...]:
        """The services that remember something of it."""
        return (self.service, *self.also)


KINDS = {
    "project": SubjectKind("coordination", 8, also=("appraisal",)),
    "dispatch": SubjectKind("appraisal", 1),
    "board": SubjectKind("appraisal", 1),
    "cluster": SubjectKind("appraisal", 1),
    "opportunity": SubjectKind("matching", 4, one_owner=True),
    "policy": SubjectKind("coordination", 2),
    "challenge": SubjectKind("coordination", 2),
    "plan": SubjectKind("coordination", 2),
    "chain": SubjectKind("coordination", 2),
    "indicator": SubjectKind("coordination", 2),
    "sharing": SubjectKind("coordination", 2),
    "worklist": SubjectKind("coordination", 2),
}
"""Every kind of subject that parties speak about."""


def statements(kind: str) -> str:
    """Returns the topic of the trusted statements about a kind of subject."""
    return f"twincity.{kind}.statements"


PROJECT_STATEMENTS = statements("project")
OPPORTUNITY_STATEMENTS = statements("opportunity")
MATCHING_RECORDS = "twincity.matching.records"
MATCHING_CANDIDATES = "twincity.matching.candidates"
APPRAISAL_RECORDS = "twincity.appraisal.records"
OPERATIONS = "twincity.operations"
SERVICES = ("admission", "coordination", "matching", "appraisal", "ledger")
GATEWAY = "gateway"
"""Reads what all may read; speaks as its party, and decides nothing."""

OPERATORS = "operators"
"""Who looks after the services, and acts on dead letters."""

INTEGRATORS = "integrators"
"""Whoever reads records, and is no party."""

MIRROR = "mirror"
"""Writes, on one cluster, the inboxes that are spoken into on another."""


DECIDING = SERVICES[:-1]
"""Those that decide in shards; the ledger writes down what they decided."""
UNDIVIDED = frozenset({"appraisal"})
"""Those that are one shard: what they derive spans subjects of every partition."""

_RECORD_PARTITIONS = 8
_POOL_PARTITIONS = KINDS["opportunity"].partitions


def inbox(party: str) -> str:
    """Returns the topic of a party's inbox: of one partition, so of one order."""
    return f"twincity.inbox.{party}"


def receipts(party: str) -> str:
    """Returns the topic of a party's receipts."""
    return f"twincity.receipts.{party}"


def records(domain: Domain) -> str:
    """Returns the topic of the records of a domain."""
    return f"twincity.{domain}.records"


def partition_key(subject: Subject) -> str:
    """Returns what decides a subject's partition: itself; of an entry, its pool.

    A pool is paired as a whole, so its entries must meet in one partition.
    """
    return pool_of(subject) if subject.kind == "opportunity" else str(subject)


def record_partitions(topic: str) -> int:
    """Returns how many partitions a topic of records has."""
    match topic:
        case _ if topic == APPRAISAL_RECORDS:
            return 1
        case _ if topic in {MATCHING_RECORDS, MATCHING_CANDIDATES}:
            return _POOL_PARTITIONS
        case _:
            return _RECORD_PARTITIONS


def dead_letters(service: str) -> str:
    """Returns the topic of a service's dead letters, each with its reason."""
    return f"twincity.{service}.deadletters"


def changelog_of(service: str, topic: str) -> str:
    """The changelog of what a service remembers by an input topic.

    ``twincity.inbox.chengdu`` gives ``twincity.admission.state.chengdu``, and
    ``twincity.project.statements`` gives ``twincity.coordination.state.project``.
    It is compacted and partitioned as its input.
    """
    parts = topic.split(".")
    return f"twincity.{service}.state.{parts[2 if parts[1] == 'inbox' else 1]}"


def _events(kind: str) -> tuple[str, ...]:
    """The types that parties say about a kind of subject."""
    return tuple(
        name for name, t in EVENT_TYPES.items() if t.is_statement and t.subject == kind
    )


def _derived(service: str) -> tuple[str, ...]:
    """The types that a service derives about the kinds of subject that are its own."""
    return tuple(
        name
        for name, t in EVENT_TYPES.items()
        if not t.is_statement and t.subject in KINDS
        if KINDS[t.subject].service == service
    )


def topics(
    registry: Registry, *, story_time: bool = False, cluster: str = ""
) -> Iterator[Topic]:
    """Every topic of a deployment, in the order of the flow.

    Args:
        registry: the parties.
        story_time: let publishers say when their statements came, to try things.
        cluster: which one they are on, as parties name theirs: the inboxes of the
            others are mirrored there. Empty: it is the only one.
    """
    for party in registry.party:
        at_home = party.is_at_home(cluster)
        stamped = RECORDED if at_home else MIRRORED
        yield from _party_topics(
            party,
            party.code if at_home else MIRROR,
            STORY_TIME if story_time else stamped,
        )
    for kind, about in KINDS.items():
        yield Topic(
            name=statements(kind),
            row=f"{kind}.statements",
            key="subject",
            events=_events(kind),
            producers=("admission",),
            consumers=(*about.readers, "ledger", GATEWAY),
            partitions=about.partitions,
        )
    for domain in Domain:
        yield Topic(
            name=records(domain),
            row="records",
            about=(domain.words,),
            key="subject, or subject#part",
            events=_derived("coordination"),
            producers=("coordination",),
            consumers=("ledger", GATEWAY, INTEGRATORS),
            partitions=_RECORD_PARTITIONS,
            cleanup=Cleanup.COMPACT,
        )
    yield Topic(
        name=MATCHING_RECORDS,
        row="matching.records",
        key="subject",
        events=("twincity.pairing.recorded.v1", "twincity.pool.recorded.v1"),
        producers=("matching",),
        consumers=("ledger", GATEWAY, INTEGRATORS),
        partitions=_POOL_PARTITIONS,
        cleanup=Cleanup.COMPACT,
    )
    yield Topic(
        name=APPRAISAL_RECORDS,
        row="appraisal.records",
        key="subject, or subject#part",
        events=_derived("appraisal"),
        producers=("appraisal",),
        consumers=("ledger", GATEWAY, INTEGRATORS),
        cleanup=Cleanup.COMPACT,
    )
    yield Topic(
        name=MATCHING_CANDIDATES,
        row="matching.candidates",
        key="subject#part",
        events=("twincity.candidates.recorded.v1", "twincity.price.recorded.v1"),
        producers=("matching",),
        consumers=(GATEWAY, INTEGRATORS),
        partitions=_POOL_PARTITIONS,
        cleanup=Cleanup.COMPACT,
    )
    yield from _service_topics()


def _party_topics(
    party: Party, writer: str, timestamps: tuple[tuple[str, str], ...]
) -> Iterator[Topic]:
    named = Words(party.zh, party.en)
    yield Topic(
        name=inbox(party.code),
        row="inbox",
        about=(named,),
        key="subject",
        events=tuple(name for name, t in EVENT_TYPES.items() if t.is_statement),
        producers=(writer,),
        consumers=("admission",),
        timestamps=timestamps,
    )
    yield Topic(
        name=receipts(party.code),
        row="receipts",
        about=(named,),
        key="statement",
        events=("twincity.receipt.issued.v1", "twincity.notice.issued.v1"),
        producers=("admission", "coordination", "matching", "appraisal"),
        consumers=(party.code, "ledger"),
    )
    yield _memory("admission", inbox(party.code), named, key="source and id")


def _service_topics() -> Iterator[Topic]:
    yield Topic(
        name=OPERATIONS,
        row="operations",
        key="operations/service",
        events=(
            "twincity.redrive.asked.v1",
            "twincity.discard.decided.v1",
            "twincity.discard.confirmed.v1",
        ),
        producers=(OPERATORS,),
        consumers=SERVICES,
        timestamps=RECORDED,
    )
    for kind, about in KINDS.items():
        topic, named = statements(kind), words_at(__name__, f"{kind}.statements")
        for service in about.readers:
            yield _memory(service, topic, named, partitions=about.partitions)
    for service in SERVICES:
        yield Topic(
            name=dead_letters(service),
            row="deadletters",
            about=(Words(service, service),),
            key="topic/partition/offset where it was read",
            events=(),
            producers=(service,),
            consumers=(OPERATORS,),
            cleanup=Cleanup.COMPACT,
        )


def _memory(
    service: str, topic: str, named: Words, *, key: str = "subject", partitions: int = 1
) -> Topic:
    """The changelog of what a service remembers by an input topic."""
    return Topic(
        name=changelog_of(service, topic),
        row="state",
        about=(Words(service, service), named),
        key=key,
        events=(),
        producers=(service,),
        consumers=(service,),
        partitions=partitions,
        cleanup=Cleanup.COMPACT,
    )
