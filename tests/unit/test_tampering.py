"""Topics that were tampered with, read by each of the three verifiers.

Records alone do not show all: what they cannot show is listed here, and is named
wherever the statements are read too.
"""

import json
import random
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from functools import cache
from importlib.util import module_from_spec, spec_from_file_location
from itertools import permutations
from typing import Any

import pytest
from aiokafka import ConsumerRecord
from typing_extensions import override

from services.cli.verifying import Position, problems_of
from services.demo.opportunities import entries
from services.matching.pools import Pools
from services.matching.scorer import KINDRED
from services.matching.service import KINDS
from services.matching.verification import by_pool
from services.runtime.batches import Unreadable
from services.runtime.projection import Projection
from tests.support.folding import Shard
from tests.support.saying import event
from tests.unit.test_pool_records import RECORDS, anything, published
from tests.unit.test_verification import ALONE
from twincity_schemas.message import Event, parse
from twincity_schemas.opportunity import Direction
from twincity_schemas.problems import ContractError
from twincity_schemas.topology import MATCHING_CANDIDATES, MATCHING_RECORDS

LISTED = list(entries())
POOL, OTHER_POOL = "pool/2022-1", "pool/2023-1"
DEMAND, SUPPLY = next(
    pair
    for pair in permutations(LISTED[:50], 2)
    if [entry.direction for _, entry in pair] == [*Direction]
    and pair[1][1].need_type in KINDRED[pair[0][1].need_type]
    and pair[0][0].split("/")[1] != pair[1][0].split("/")[1]
)
"""They agree at last."""
Place = tuple[str, str]
"""A topic and a key."""
Document = dict[str, Any]


class Topics:
    """What stands on matching's two topics, open to be changed.

    Attributes:
        documents: the records, by topic and key.
        headers: of each.
        more: records besides them, by topic, key and partition.
    """

    def __init__(
        self, documents: Mapping[Place, Document], headers: Mapping[Place, Any]
    ) -> None:
        self.documents = dict(documents)
        self.headers = dict(headers)
        self.more: dict[Position, ConsumerRecord] = {}

    def copy(self) -> "Topics":
        return Topics(deepcopy(self.documents), self.headers)

    def __getitem__(self, key: str) -> Document:
        topic = MATCHING_CANDIDATES if "#" in key else MATCHING_RECORDS
        return self.documents[topic, key]

    def pairings(self, **wanted: Any) -> list[Document]:
        """The records of entries of the larger pool."""
        return [
            data
            for (topic, key), data in sorted(self.documents.items())
            if topic == MATCHING_RECORDS
            and data["pool"] == "2022-1"
            and not key.startswith("pool/")
            and all(data[name] == value for name, value in wanted.items())
        ]

    def latest(self) -> dict[Position, ConsumerRecord]:
        return {
            (topic, key.encode(), 0): stored(
                (topic, key), spelled(data), self.headers[topic, key]
            )
            for (topic, key), data in self.documents.items()
        } | self.more

    def lines(self) -> Iterator[str]:
        """What kcat prints of them."""
        for record in self.latest().values():
            headers = [part for n, v in record.headers for part in (n, v.decode())]
            yield json.dumps(
                {
                    "topic": record.topic,
                    "partition": record.partition,
                    "key": record.key.decode(),
                    "headers": headers,
                    "payload": record.value.decode(errors="replace"),
                }
            )


def spelled(data: Document) -> bytes:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()


def stored(
    place: Place,
    value: bytes,
    headers: Any,
    *,
    partition: int = 0,
    of: type[ConsumerRecord] = ConsumerRecord,
) -> ConsumerRecord:
    topic, key = place
    sizes = len(key), len(value)
    return of(topic, partition, 0, 0, 0, key.encode(), value, 0, *sizes, headers)


def accepted(one: tuple[str, Any], other: tuple[str, Any]) -> Event[Any]:
    party, data = one[0].split("/")[1], {"counterpart": other[0]}
    return event("match.accepted", party, one[0], data, f"agreed-{one[0]}")


class Once(Projection):
    """Derives each record once: what was said stays as it is."""

    @override
    def records(self, subject: str) -> dict[tuple[str, bytes], bytes]:
        return _derived(super().records, subject)


@cache
def _derived(derive: Any, subject: str) -> dict[tuple[str, bytes], bytes]:
    records: dict[tuple[str, bytes], bytes] = derive(subject)
    return records


@cache
def _history() -> tuple[Topics, Projection]:
    chance = random.Random(7)
    said = [published(n, *one) for n, one in enumerate(LISTED[:50])]
    said += [
        published(50 + n, subject.replace("2022-1", "2023-1"), entry)
        for n, (subject, entry) in enumerate(LISTED[:12])
    ]
    said += [anything(1000 + n, chance) for n in range(60)]
    said += [published(2000 + n, *one) for n, one in enumerate((DEMAND, SUPPLY))]
    said += [accepted(one, other) for one, other in permutations((DEMAND, SUPPLY))]
    shard = Shard("matching")
    shard.take(said)
    headers = {(one.topic, one.key): one.headers for one in shard.published}
    present = {p: v for p, v in shard.topics.items() if p[0] in RECORDS}
    projection = Once("matching", KINDS, Pools)
    projection.remember(said)
    return Topics(
        {(t, k.decode()): json.loads(v) for (t, k), v in present.items()},
        {(t, k.decode()): headers[t, k] for t, k in present},
    ), projection


def whole() -> Topics:
    return _history()[0].copy()


def named(topics: Topics) -> set[str]:
    """Returns which of the verifiers find something wrong."""
    return {
        name
        for name, finds in (
            ("records", any(problems_of(topics.latest(), None).values())),
            ("statements", any(problems_of(topics.latest(), _history()[1]).values())),
            ("alone", bool(alone(topics.lines()))),
        )
        if finds
    }


@cache
def _module() -> Any:
    spec = spec_from_file_location("verify_matching", ALONE)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def alone(lines: Iterator[str]) -> int:
    status: int = _module().main(lines)
    return status


def test_what_was_published_holds_for_all() -> None:
    assert named(whole()) == set()


def _demands(topics: Topics, status: str = "recommended") -> list[Document]:
    """Demands of one pair, which has come so far."""
    return [
        data
        for data in topics.pairings(direction="demand")
        if [pair["status"] for pair in data["pairs"]] == [status]
    ]


def _other(topics: Topics, demand: Document) -> Document:
    """What the supply of a demand's only pair tells of it."""
    [pair] = demand["pairs"]
    theirs = topics[pair["counterpart"]]["pairs"]
    told: Document = next(p for p in theirs if p["counterpart"] == demand["subject"])
    return told


def _evidence_exchanged(topics: Topics) -> None:
    one, two, *_ = _demands(topics)
    for first, second in (
        (one["pairs"][0], two["pairs"][0]),
        (_other(topics, one), _other(topics, two)),
    ):
        terms = first["terms"][0], second["terms"][0]
        for language in ("zh", "en"):
            words = terms[1][language], terms[0][language]
            terms[0][language], terms[1][language] = words


def _evidence_on_one_side(topics: Topics) -> None:
    _demands(topics)[0]["pairs"][0]["terms"][0]["zh"] = "别的词"


def _part_of_another_digest(topics: Topics) -> None:
    certificate = topics[POOL]["certificate"]
    certificate["prices"] = certificate["candidates"]


def _certificates_exchanged(topics: Topics) -> None:
    one, two = topics[POOL], topics[OTHER_POOL]
    one["certificate"], two["certificate"] = two["certificate"], one["certificate"]


def _pools_exchanged(topics: Topics) -> None:
    """Each pool's record stands under the other's key."""
    for topic in (MATCHING_RECORDS,):
        one, two = topics[POOL], topics[OTHER_POOL]
        topics.documents[topic, POOL], topics.documents[topic, OTHER_POOL] = two, one


def _entries_exchanged(topics: Topics) -> None:
    one, two, *_ = (data["subject"] for data in topics.pairings())
    documents, topic = topics.documents, MATCHING_RECORDS
    documents[topic, one], documents[topic, two] = (
        documents[topic, two],
        documents[topic, one],
    )


def _prices_shifted(topics: Topics) -> None:
    """By one, up for the demands and down for the supplies: the total may stay."""
    for (topic, key), data in topics.documents.items():
        if topic == MATCHING_CANDIDATES and key.endswith("#price"):
            step = 1 if data["direction"] == "demand" else -1
            data["price"] = str(int(data["price"]) + step)


def _no_number(topics: Topics) -> None:
    topics[POOL]["certificate"]["total"] = "much"


def _price_is_no_number(topics: Topics) -> None:
    key = next(key for _, key in topics.documents if key.endswith("#price"))
    topics[key]["price"] = "9" * 5000


def _on_one_side_only(topics: Topics) -> None:
    demand = _demands(topics)[0]
    topics[demand["pairs"][0]["counterpart"]]["pairs"] = []


def _twice_on_one_side(topics: Topics) -> None:
    demand = _demands(topics)[0]
    topics[demand["pairs"][0]["counterpart"]]["pairs"] = []
    demand["pairs"] *= 2


def _statuses_exchanged(topics: Topics) -> None:
    """One is called accepted, of whom nobody is, and the other way round."""
    one = _demands(topics, "recommended")[0]
    for pair in (one["pairs"][0], _other(topics, one)):
        pair["status"] = "accepted-by-demand"


def _called_signed(topics: Topics) -> None:
    """An agreement that nobody has signed, on both records."""
    one = _demands(topics, "agreed")[0]
    for pair in (one["pairs"][0], _other(topics, one)):
        pair["status"] = "signed"


def _first_choice_of_an_agreement(topics: Topics) -> None:
    one = _demands(topics, "agreed")[0]
    for pair in (one["pairs"][0], _other(topics, one)):
        pair["mutual_first_choice"] = True
    topics[POOL]["mutual_first_choices"] += 1


def _lonely(topics: Topics) -> Document:
    return next(data for data in topics.pairings(open=True) if not data["pairs"])


def _another_reason(topics: Topics) -> None:
    _lonely(topics)["why_unpaired"] = "条目已撤回 / the entry was withdrawn"


def _no_reason(topics: Topics) -> None:
    del _lonely(topics)["why_unpaired"]


def _other_nearest(topics: Topics) -> None:
    lonely = next(d for d in topics.pairings(pairs=[]) if len(d["nearest"]) > 1)
    lonely["nearest"].reverse()


def _reminder_removed(topics: Topics) -> None:
    for demand in topics.pairings():
        for pair in (*demand["pairs"], *demand["offers"]):
            pair.pop("answer_by", None)


def _rule_of_reminders(topics: Topics) -> None:
    topics[POOL]["answer_within_days"] = 365


def _gone(key: str) -> Callable[[Topics], None]:
    def remove(topics: Topics) -> None:
        subject = _demands(topics)[0]["subject"]
        place = next(p for p in topics.documents if p[1] == subject + key)
        del topics.documents[place]

    return remove


def _doubled(topics: Topics) -> None:
    """An entry's record again, under a key that is nobody's."""
    subject = _demands(topics)[0]["subject"]
    place = MATCHING_RECORDS, f"{subject}0"
    topics.documents[place] = topics[subject]
    topics.headers[place] = topics.headers[MATCHING_RECORDS, subject]


def _also_elsewhere(topics: Topics) -> None:
    """An entry's record again in another partition, the same."""
    subject = _demands(topics)[0]["subject"]
    place = MATCHING_RECORDS, subject
    topics.more[MATCHING_RECORDS, subject.encode(), 1] = stored(
        place, spelled(topics[subject]), topics.headers[place], partition=1
    )


def _no_record(value: bytes, of: type[ConsumerRecord]) -> Callable[[Topics], None]:
    def replace(topics: Topics) -> None:
        subject = _demands(topics)[0]["subject"]
        place = MATCHING_RECORDS, subject
        topics.more[MATCHING_RECORDS, subject.encode(), 0] = stored(
            place, value, topics.headers[place], of=of
        )

    return replace


def _of_another_kind(topics: Topics) -> None:
    """A price where an entry's record belongs."""
    subject = _demands(topics)[0]["subject"]
    priced = MATCHING_CANDIDATES, f"{subject}#price"
    topics.documents[MATCHING_RECORDS, subject] = topics[priced[1]]
    topics.headers[MATCHING_RECORDS, subject] = topics.headers[priced]


def _entry_of_another_pool(topics: Topics) -> None:
    _demands(topics)[0]["pool"] = "2023-1"


def _another_owner(topics: Topics) -> None:
    data = topics.pairings(pairs=[])[0]
    data["subject"] = "opportunity/meishan/2022-1-9999"


def _header(name: str, value: bytes) -> Callable[[Topics], None]:
    def change(topics: Topics) -> None:
        subject = _demands(topics)[0]["subject"]
        place = MATCHING_RECORDS, subject
        headers = {**dict(topics.headers[place]), name: value}
        topics.headers[place] = tuple(headers.items())

    return change


def _counted(name: str) -> Callable[[Topics], None]:
    def change(topics: Topics) -> None:
        topics[POOL][name] += 1

    return change


def _set_counted(name: str) -> Callable[[Topics], None]:
    def change(topics: Topics) -> None:
        topics[POOL]["certificate"][name]["count"] += 1

    return change


def _places(topics: Topics) -> None:
    key = f"{_demands(topics)[0]['subject']}#price"
    topics[key]["places"] += 1


def _statements_exchanged(topics: Topics) -> None:
    """Whose statements are whose: the sums are the same."""
    one, two, *_ = topics.pairings()
    for name in ("statements", "statements_digest"):
        one[name], two[name] = two[name], one[name]


def _title(topics: Topics) -> None:
    _demands(topics)[0]["title"] = "别的需求"


def _no_effect_hidden(topics: Topics) -> None:
    for data in topics.pairings():
        data["no_effect"] = []


def _left_by_another(topics: Topics) -> None:
    data = next(d for d in topics.pairings() if d["left"])
    data["left"][0]["party"] = (
        "meishan" if data["left"][0]["party"] != "meishan" else ""
    )


def _decline_hidden(topics: Topics) -> None:
    """A decline that neither record tells of."""
    for data in topics.pairings():
        data["left"], data["declined"] = [], []


ALL = {"records", "alone", "statements"}
BOTH = {"records", "statements"}
"""The verifier that stands alone checks less of the same records."""
TAMPERED: dict[str, tuple[Callable[[Topics], None], set[str]]] = {
    "evidence exchanged on all four records": (_evidence_exchanged, {"statements"}),
    "evidence on one side": (_evidence_on_one_side, ALL),
    "a part of another digest": (_part_of_another_digest, ALL),
    "two pools' certificates exchanged": (_certificates_exchanged, ALL),
    "two pools' records exchanged": (_pools_exchanged, ALL),
    "two entries' records exchanged": (_entries_exchanged, ALL),
    "prices shifted": (_prices_shifted, ALL),
    "a total that is no number": (_no_number, ALL),
    "a price that is no number": (_price_is_no_number, ALL),
    "a pair on one side only": (_on_one_side_only, ALL),
    "a pair twice on one side": (_twice_on_one_side, ALL),
    "accepted, by nobody": (_statuses_exchanged, BOTH),
    "signed, by nobody": (_called_signed, {"statements"}),
    "an agreement as a first choice": (_first_choice_of_an_agreement, BOTH),
    "another reason": (_another_reason, BOTH),
    "no reason": (_no_reason, BOTH),
    "the nearest turned round": (_other_nearest, {"statements"}),
    "a reminder removed": (_reminder_removed, BOTH),
    "another rule of reminders": (_rule_of_reminders, BOTH),
    "an entry's record removed": (_gone(""), ALL),
    "candidates removed": (_gone("#candidates"), ALL),
    "a price removed": (_gone("#price"), ALL),
    "a record doubled under another key": (_doubled, ALL),
    "a record in two partitions": (_also_elsewhere, ALL),
    "a value that is no JSON": (_no_record(b"\xff{", ConsumerRecord), ALL),
    "a value of another form": (_no_record(b'{"pool": []}', ConsumerRecord), ALL),
    "a damaged batch": (_no_record(b"\0", Unreadable), ALL),
    "a record of another kind": (_of_another_kind, ALL),
    "an entry of another pool": (_entry_of_another_pool, ALL),
    "an entry's record under another name": (_another_owner, ALL),
    "said of another entry": (_header("ce_subject", b"opportunity/a/2022-1-1"), ALL),
    "said by a party": (_header("ce_source", b"/chengdu/bureau"), BOTH),
    "more places": (_places, ALL),
    "two entries' statements exchanged": (_statements_exchanged, {"statements"}),
    "another title": (_title, {"statements"}),
    "what had no effect hidden": (_no_effect_hidden, {"statements"}),
    "another who left": (_left_by_another, BOTH),
    "a decline hidden on both": (_decline_hidden, {"statements"}),
    **{
        f"{name} off by one": (_counted(name), ALL)
        for name in ("demands", "supplies", "pairs", "agreed", "score", "statements")
    },
    "blocking off by one": (_counted("blocking"), BOTH),
    **{f"{n} off by one": (_set_counted(n), ALL) for n in ("prices", "candidates")},
}


@pytest.mark.parametrize("what", TAMPERED)
def test_who_can_see_it_names_it(what: str) -> None:
    tamper, seen_by = TAMPERED[what]
    topics = whole()
    tamper(topics)
    assert topics.latest() != whole().latest()
    assert named(topics) == seen_by


def test_a_whole_state_put_back_is_named_by_the_statements() -> None:
    """An older state that holds in itself: what was said since is missing from it."""
    shard = Shard("matching")
    shard.take([published(n, *one) for n, one in enumerate(LISTED[:50])])
    headers = {(one.topic, one.key): one.headers for one in shard.published}
    topics = Topics(
        {
            (t, k.decode()): json.loads(v)
            for (t, k), v in shard.topics.items()
            if t in RECORDS
        },
        {(t, k.decode()): headers[t, k] for t, k in shard.topics},
    )
    assert named(topics) == {"statements"}
    # Its certificate alone beside records of now is named by all.
    mixed = whole()
    mixed.documents[MATCHING_RECORDS, POOL] = topics[POOL]
    assert named(mixed) == ALL


TAKEN_AS_TOLD = (
    "pairing.title",
    "pairing.no_effect",
    "pairing.nearest",
)
"""What the records alone do not show where one of them is changed."""


def test_each_value_that_is_changed_is_named_or_listed() -> None:
    """Every field of every kind of record: otherwise, doubled, left out."""
    topics, chance = whole(), random.Random(3)
    read = {
        (topic, key.encode()): parse(topics.headers[topic, key], spelled(data)).data
        for (topic, key), data in topics.documents.items()
    }
    places = defaultdict[str, list[tuple[Place, tuple[Any, ...]]]](list)
    for place, data in topics.documents.items():
        kind = dict(topics.headers[place])["ce_type"].decode().split(".")[1]
        for path in paths(data):
            steps = ("*" if isinstance(step, int) else step for step in path)
            name = kind if kind == "candidates" and len(path) > 1 else ".".join(steps)
            places[f"{kind}.{name}"].append((place, path))
    unseen = set()
    for name, listed in places.items():
        place, path = chance.choice(listed)
        for changed in changes(topics.documents[place], path):
            value = spelled(changed)
            try:
                data = parse(topics.headers[place], value).data
            except ContractError:
                continue  # the contract refuses it
            at = place[0], place[1].encode()
            if data == read[at]:
                continue  # left out, and nothing was in it
            pools = by_pool(read | {at: data})
            if not any(pool.problems() for pool in pools.values()):
                unseen.add(name)
    assert {name for name in unseen if not name.startswith(TAKEN_AS_TOLD)} == set()
    assert len(places) > 60


def paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if path:
        yield path
    if isinstance(value, dict):
        for name, part in value.items():
            yield from paths(part, (*path, name))
    if isinstance(value, list):
        for number, part in enumerate(value):
            yield from paths(part, (*path, number))


def changes(data: Document, path: tuple[Any, ...]) -> Iterator[Document]:
    """The record with another value at a path, and without any."""
    *to, last = path
    for other in (*others(value_at(data, path)), None):
        changed = deepcopy(data)
        holder = value_at(changed, tuple(to))
        if other is None:
            del holder[last]
        else:
            holder[last] = other
        if changed != data:
            yield changed


def value_at(data: Any, path: tuple[Any, ...]) -> Any:
    for step in path:
        data = data[step]
    return data


def others(value: Any) -> Iterator[Any]:
    match value:
        case bool():
            yield not value
        case int():
            yield from (value + 1, value - 1)
        case str():
            yield from (f"{value}x", "x", value[:-1] + "0")
        case list() if value:
            yield from (value[1:], [*value, value[-1]], value[::-1])
        case _:
            pass


@pytest.mark.parametrize(
    "line",
    [
        "",
        "no json",
        "[" * 100_000,
        "[]",
        "{}",
        '{"key": "x"}',
        '{"key": "pool/a", "payload": "{}"}',
        '{"key": "pool/a", "payload": "{}", "headers": ["ce_type"]}',
        '{"key": "a", "payload": "{\\"pool\\": []}", "headers": ["ce_type", "a.b"]}',
        json.dumps(
            {
                "key": "a",
                "payload": '{"pool": 1, "subject": []}',
                "headers": ["ce_type", "twincity.pool.recorded.v1"],
            }
        ),
        '{"key": null, "payload": "x", "headers": []}',
    ],
)
def test_whatever_is_read_the_verifier_alone_says_so(line: str) -> None:
    lines = [*whole().lines(), line]
    assert alone(iter(lines)) == (line != '{"key": "x"}')  # that one removes nothing


def test_places_that_are_no_numbers_are_named() -> None:
    for other in ("1", None, [], 1.5, {}):
        topics = whole()
        key = f"{_demands(topics)[0]['subject']}#price"
        topics[key]["places"] = other
        assert {"records", "alone"} <= named(topics), other
