"""One span a batch: what it links to, how it ended, and that off is off."""

import subprocess
import sys

import pytest
from aiokafka import ConsumerRecord
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind

from services.runtime.errors import WrongSetting
from services.runtime.flow import Flow
from services.runtime.settings import Settings
from services.runtime.spans import spans, traced

TRACE_ID, SPAN_ID = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
PARENT = f"00-{TRACE_ID}-{SPAN_ID}-01".encode()
TOPIC = "twincity.project.statements"


def record(offset: int, *headers: tuple[str, bytes | None]) -> ConsumerRecord:
    return ConsumerRecord(TOPIC, 3, offset, 0, 0, b"k", b"{}", None, 1, 2, headers)


def test_a_span_links_to_the_trace_of_each_statement_of_its_batch() -> None:
    kept = InMemorySpanExporter()
    flow = Flow()
    flow.traced = spans("coordination", "one", 200, SimpleSpanProcessor(kept))
    odd = [
        record(1, ("traceparent", b"00-" + b"0" * 32 + b"-" + b"0" * 16 + b"-01")),
        record(2, ("ce_traceparent", None), ("traceparent", b"\xff\xfe")),
        record(3),
    ]
    good = [record(7, ("ce_traceparent", PARENT), ("ce_tracestate", b"a=1"))]
    many = [record(number, ("traceparent", PARENT)) for number in range(10, 160)]
    flow.begin()
    flow.commit([*odd, *good, *many])
    flow.begin()
    flow.abort(good)
    committed, aborted = kept.get_finished_spans()
    assert committed.name == "coordination batch"
    assert committed.kind is SpanKind.CONSUMER
    assert committed.resource.attributes["service.name"] == "twincity.coordination"
    assert (committed.attributes or {})["messaging.batch.message_count"] == 154
    assert len(committed.links) == 151  # more than the 128 that are usual
    [first, *_] = committed.links
    assert f"{first.context.trace_id:032x}" == TRACE_ID
    assert f"{first.context.span_id:016x}" == SPAN_ID
    assert first.context.trace_state.to_header() == "a=1"
    assert committed.status.is_ok
    assert not aborted.status.is_ok
    assert (committed.end_time or 0) >= (committed.start_time or 0)
    # Whoever looks for a statement finds the batch by its link; it is no child of it.
    assert committed.parent is None
    assert committed.context.trace_id != first.context.trace_id


def test_off_is_off() -> None:
    assert traced("coordination", "one", Settings()) is None
    asked = (
        "import sys, services.cli.services;"
        "print([m for m in sys.modules if m.startswith('opentelemetry.sdk')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", asked], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"


def test_a_collector_without_the_extra_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace.export", None)
    wanted = Settings(traces="http://localhost:4318/v1/traces")
    with pytest.raises(WrongSetting, match=r"twincity\[tracing\]"):
        traced("coordination", "one", wanted)
