"""What admission makes of a message: receipt, trusted statement, memory."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.admission.receipts import bounded
from services.admission.service import make_processor
from services.rules.recorded import Arrival
from services.runtime.incoming import Incoming
from services.runtime.outcomes import Publish, Save
from services.runtime.service import Processor
from services.runtime.settings import Settings
from tests.support.saying import S11, described, envelope
from twincity_schemas.envelope import LONGEST_ATTRIBUTE, Envelope
from twincity_schemas.headers import LARGEST_HEADER, LARGEST_HEADERS
from twincity_schemas.message import LARGEST_STATEMENT, Event, parse, to_json
from twincity_schemas.parties import Registry
from twincity_schemas.problems import problem
from twincity_schemas.receipt import InboxPosition, ReceiptIssued, Verdict
from twincity_schemas.topology import inbox, receipts

REGISTRY = Registry.load(Settings().parties)
SAID = envelope("project.described", "chengdu", S11)
SAID_MS = int(SAID.time.timestamp() * 1000)
VALUE = json.dumps(described(), ensure_ascii=False).encode()
PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
KAFKA_TAKES = 1_000_000


@dataclass
class Inbox:
    """One party's inbox in front of admission."""

    processor: Processor = field(default_factory=lambda: make_processor(REGISTRY))
    party: str = "chengdu"
    offset: int = -1

    def put(
        self, headers: Any, value: bytes | None = VALUE, timestamp: int = SAID_MS
    ) -> tuple[Event[ReceiptIssued], Event[Any] | None]:
        """The receipt, and what was passed on."""
        self.offset += 1
        record = SimpleNamespace(
            topic=inbox(self.party),
            partition=0,
            offset=self.offset,
            key=None,
            headers=tuple(headers),
            value=value,
            timestamp=timestamp,
        )
        receipt = passed_on = None
        for outcome in self.processor.decide(Incoming(record)):  # type: ignore[arg-type]
            match outcome:
                case Save(key, saved):
                    self.processor.memory.put(key, saved)
                case Publish(topic, _, bytes(written), said):
                    size = len(written) + sum(len(n) * 4 + len(v) for n, v in said)
                    assert size < KAFKA_TAKES
                    event = parse(said, written)
                    if topic == receipts(self.party):
                        receipt = event
                    else:
                        passed_on = event
        assert receipt is not None
        return receipt, passed_on


def structured(said: Envelope, data: Any, **layout: Any) -> tuple[Any, bytes]:
    whole = {"data": data, **said.model_dump(mode="json", exclude_none=True)}
    headers = [("content-type", b"application/cloudevents+json; charset=UTF-8")]
    return headers, json.dumps(whole, **layout).encode()


# --- when it was recorded -------------------------------------------------------


def test_the_statement_and_its_receipt_say_when_it_was_recorded() -> None:
    receipt, passed_on = Inbox().put(SAID.to_headers(), timestamp=SAID_MS + 7)
    recorded = SAID.time + timedelta(milliseconds=7)
    assert passed_on is not None
    assert passed_on.envelope.recordedtime == recorded
    assert passed_on.envelope.time == SAID.time
    told = receipt.envelope
    assert (told.time, told.recordedtime) == (recorded, recorded)
    assert receipt.data.recordedtime == recorded
    assert receipt.data.warnings == ()


@pytest.mark.parametrize(
    "timestamp", [-1, -62_135_596_800_001, 253_402_300_800_000, 2**63 - 1, -(2**63)]
)
def test_a_timestamp_that_is_no_time_is_told_and_stops_nothing(timestamp: int) -> None:
    door = Inbox()
    first, _ = door.put(SAID.to_headers(), timestamp=timestamp)
    assert first.data.verdict is Verdict.ACCEPTED
    assert "record_timestamp" in {w.code for w in first.data.warnings}
    assert first.data.recordedtime == datetime(1970, 1, 1, tzinfo=UTC)
    door.put(envelope("project.described", "chengdu", S11, "2").to_headers())
    refused, _ = door.put([], None, timestamp=timestamp)
    assert refused.data.verdict is Verdict.REJECTED
    assert refused.data.recordedtime == SAID.time
    assert "record_timestamp" in {w.code for w in refused.data.warnings}


@given(st.lists(st.integers(-(2**63), 2**63 - 1) | st.integers(0, 2**43)))
def test_within_an_inbox_it_never_runs_backwards(stamps: list[int]) -> None:
    latest = 0
    for stamped in stamps:
        arrival = Arrival.after(latest, stamped)
        assert arrival.milliseconds >= latest
        assert 1970 <= arrival.moment.year < 2200
        latest = arrival.milliseconds


def test_it_is_remembered_over_a_restart_and_undone_with_its_batch() -> None:
    door = Inbox()
    door.put(SAID.to_headers(), timestamp=SAID_MS + 1_000)
    door.processor.memory.rollback()
    again, _ = door.put(SAID.to_headers(), timestamp=SAID_MS)
    assert again.data.recordedtime == SAID.time
    door.processor.memory.commit()
    restarted = Inbox()
    for key, value in door.processor.memory.items():
        restarted.processor.memory.restore(key, json.dumps(value).encode())
    late, _ = restarted.put(SAID.to_headers(), timestamp=SAID_MS - 5_000)
    assert late.data.recordedtime == SAID.time


def test_a_story_is_told_in_chapters() -> None:
    door = Inbox(make_processor(REGISTRY, story_time=True))
    door.put(SAID.to_headers(), timestamp=SAID_MS + 10_000)
    earlier, _ = door.put(SAID.to_headers(), timestamp=SAID_MS)
    assert earlier.data.recordedtime == SAID.time


def test_inboxes_have_clocks_of_their_own() -> None:
    door = Inbox()
    door.put(SAID.to_headers(), timestamp=SAID_MS + 10_000)
    door.party = "deyang"
    said = envelope("project.described", "deyang", S11)
    receipt, _ = door.put(said.to_headers())
    assert receipt.data.recordedtime == SAID.time


@pytest.mark.parametrize(("days", "warned"), [(30, False), (31, True), (-31, True)])
def test_far_from_when_it_was_said_is_a_warning(days: int, *, warned: bool) -> None:
    timestamp = SAID_MS + days * 86_400_000
    receipt, _ = Inbox().put(SAID.to_headers(), timestamp=timestamp)
    assert receipt.data.verdict is Verdict.ACCEPTED
    assert ("time_far_apart" in {w.code for w in receipt.data.warnings}) is warned


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("recordedtime", "2020-01-01T00:00:00Z"),
        ("deprecation", "2026-01-01"),
        ("sunset", "2026-01-01"),
    ],
)
def test_what_the_system_says_is_no_partys_to_say(name: str, value: str) -> None:
    headers = [*SAID.to_headers(), (f"ce_{name}", value.encode())]
    for given_headers, said in (
        (headers, VALUE),
        structured(Envelope.from_headers(headers), described()),
    ):
        receipt, passed_on = Inbox().put(given_headers, said)
        assert passed_on is None
        found = [(p.pointer, p.code) for p in receipt.data.problems]
        assert found == [(f"ce_{name}", "reserved_attribute")]


# --- duplicates -----------------------------------------------------------------

REORDERED = dict(reversed(described().items()))


@pytest.mark.parametrize(
    "again",
    [
        (SAID.to_headers(), VALUE),
        (SAID.to_headers(), json.dumps(described(), indent=2).encode()),
        (SAID.to_headers(), json.dumps(REORDERED).encode()),
        structured(SAID, described()),
        structured(SAID, REORDERED, indent=1, ensure_ascii=False),
    ],
    ids=["same", "indented", "reordered", "structured", "structured-reordered"],
)
@pytest.mark.parametrize("swapped", [False, True])
def test_the_same_event_in_another_spelling_is_a_duplicate(
    again: tuple[Any, bytes], *, swapped: bool
) -> None:
    door = Inbox()
    one, other = (SAID.to_headers(), VALUE), again
    if swapped:
        one, other = other, one
    assert door.put(*one)[0].data.verdict is Verdict.ACCEPTED
    receipt, passed_on = door.put(*other)
    assert receipt.data.verdict is Verdict.DUPLICATE
    assert passed_on is None


def test_another_content_under_the_same_id_is_refused() -> None:
    door = Inbox()
    door.put(SAID.to_headers())
    receipt, _ = door.put(SAID.to_headers(), json.dumps(described(x=1)).encode())
    assert [p.code for p in receipt.data.problems] == ["id_reused"]


# --- what admission sends always fits -------------------------------------------


def test_the_largest_statement_fits() -> None:
    room = LARGEST_STATEMENT - len(VALUE) - len(',"x":""')
    value = VALUE[:-1] + b',"x":"' + b"x" * room + b'"}'
    assert len(value) == LARGEST_STATEMENT
    headers = [*SAID.to_headers()]
    used = sum(len(n) * 4 + len(v) for n, v in headers)
    for name in ("ce_a", "ce_b", "ce_c", "ce_d"):
        size = min(LARGEST_HEADER, LARGEST_HEADERS - used - 16)
        headers.append((name, b"x" * size))
        used += size + 16
    assert used == LARGEST_HEADERS
    receipt, passed_on = Inbox().put(headers, value)
    assert receipt.data.verdict is Verdict.ACCEPTED
    assert passed_on is not None


def test_the_largest_receipt_fits() -> None:
    # A control character is escaped in JSON and takes six bytes.
    worst = problem("\x01" * 5_000, "code", "\x01" * 5_000, "\x01" * 5_000)
    kept = bounded((worst,) * 500)
    assert kept[-1].code == "and_more"
    data = ReceiptIssued(
        verdict=Verdict.REJECTED,
        statement="\x01" * LONGEST_ATTRIBUTE,
        source="\x01" * LONGEST_ATTRIBUTE,
        type="\x01" * LONGEST_ATTRIBUTE,
        subject="\x01" * LONGEST_ATTRIBUTE,
        problems=kept,
        position=InboxPosition(topic="t" * 249, partition=0, offset=2**63 - 1),
        content="sha256:" + "0" * 64,
    )
    assert 500_000 < len(to_json(data)) < KAFKA_TAKES - 50_000


def test_every_problem_of_every_header_is_answered() -> None:
    strange = [(f"ce_{n}" + "\x01" * 100, b"\x01") for n in range(50)]
    receipt, _ = Inbox().put([*SAID.to_headers(), *strange])
    assert {p.code for p in receipt.data.problems} == {
        "attribute_name",
        "control_character",
    }


@pytest.mark.parametrize("size", [3_000_000, 5_000_000])
@pytest.mark.parametrize("name", ["ce_note", "ce_id", "ce_subject", "x", "traceparent"])
def test_a_header_of_megabytes_is_answered(name: str, size: int) -> None:
    receipt, passed_on = Inbox().put([(name, b"x" * size), *SAID.to_headers()])
    assert passed_on is None
    assert "header_too_large" in {p.code for p in receipt.data.problems}


def test_a_receipt_repeats_nothing_that_an_envelope_cannot_hold() -> None:
    headers = dict(SAID.to_headers()) | {"ce_id": b"a\nb\x00", "ce_note": b"\n"}
    receipt, _ = Inbox().put(headers.items())
    assert receipt.data.statement == receipt.envelope.causationid == "a\ufffdb\ufffd"
    assert parse(receipt.envelope.to_headers(), receipt.value, gate=True)


def test_a_receipt_names_a_broken_statement_in_either_mode() -> None:
    whole = SAID.model_dump(mode="json", exclude_none=True)
    value = json.dumps({**whole, "data": described(), "time": "yesterday"}).encode()
    for headers, said in (
        ([("content-type", b"application/cloudevents+json")], value),
        ((dict(SAID.to_headers()) | {"ce_time": b"yesterday"}).items(), VALUE),
    ):
        receipt, _ = Inbox().put([*headers, ("traceparent", PARENT.encode())], said)
        assert [p.pointer for p in receipt.data.problems] == ["ce_time"]
        assert receipt.data.statement == receipt.envelope.causationid == SAID.id
        assert receipt.data.subject == S11
        assert receipt.envelope.traceparent == PARENT


# --- traces ---------------------------------------------------------------------


@pytest.mark.parametrize("good", [True, False])
@pytest.mark.parametrize("name", ["traceparent", "ce_traceparent"])
def test_the_trace_goes_on_to_statement_and_receipt(name: str, *, good: bool) -> None:
    headers = [*SAID.to_headers(), (name, PARENT.encode())]
    receipt, passed_on = Inbox().put(headers, VALUE if good else b"[]")
    assert receipt.envelope.traceparent == PARENT
    assert (passed_on is not None) is good
    if passed_on is not None:
        assert passed_on.envelope.traceparent == PARENT
