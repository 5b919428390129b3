"""One span a batch, with a link to the trace of each statement in it; off by default.

A span for each record would cost more than deciding about it. Where no collector is
set, nothing is imported and a batch costs one comparison.
"""

import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Protocol

from services.runtime.errors import WrongSetting
from services.runtime.reading import Record
from services.runtime.settings import Settings
from twincity_schemas.headers import trace

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import SpanProcessor
    from opentelemetry.trace import Link


class Tracing(Protocol):
    """Is told of a batch at its end."""

    def __call__(
        self, records: Sequence[Record], seconds: float, *, committed: bool
    ) -> None:
        """Takes what was in it, how long it took, and whether it was kept."""


def traced(service: str, shard: str, settings: Settings) -> Tracing | None:
    """Returns what sends spans to the collector that is set; None: none is.

    Raises:
        WrongSetting: one is set, and the extra is not installed.
    """
    if not settings.traces:
        return None
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415  an extra
            OTLPSpanExporter,
        )
        from opentelemetry.sdk.trace.export import (  # noqa: PLC0415  an extra
            BatchSpanProcessor,
        )
    except ImportError:
        raise WrongSetting(
            "TWINCITY_TRACES wants pip install 'twincity[tracing]' 需安装该可选依赖"
        ) from None
    processor = BatchSpanProcessor(OTLPSpanExporter(endpoint=settings.traces))
    return spans(service, shard, settings.batch_size, processor)


def spans(
    service: str, shard: str, most_links: int, processor: "SpanProcessor"
) -> Tracing:
    """Returns what makes spans for a processor.

    Args:
        service: that the spans are of.
        shard: named in each.
        most_links: of one span: as many as a batch has records.
        processor: takes them when they end.
    """
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415  an extra
    from opentelemetry.sdk.trace import (  # noqa: PLC0415  an extra
        SpanLimits,
        TracerProvider,
    )
    from opentelemetry.trace import SpanKind, StatusCode  # noqa: PLC0415  an extra

    provider = TracerProvider(
        resource=Resource.create({"service.name": f"twincity.{service}"}),
        span_limits=SpanLimits(max_links=most_links),
    )
    provider.add_span_processor(processor)
    tracer = provider.get_tracer("twincity")

    def on_batch(records: Sequence[Record], seconds: float, *, committed: bool) -> None:
        now = time.time_ns()
        span = tracer.start_span(
            f"{service} batch",
            kind=SpanKind.CONSUMER,
            start_time=now - int(seconds * 1e9),
            links=list(_links(records)),
            attributes={
                "messaging.system": "kafka",
                "messaging.batch.message_count": len(records),
                "twincity.shard": shard,
            },
        )
        if not committed:
            span.set_status(StatusCode.ERROR, "taken back; it comes again")
        span.end(now)

    return on_batch


def _links(records: Sequence[Record]) -> "Iterator[Link]":
    from opentelemetry.trace import (  # noqa: PLC0415  an extra
        Link,
        SpanContext,
        TraceFlags,
        TraceState,
    )

    for record in records:
        if carried := trace(record.headers):
            _, trace_id, span_id, flags = carried["traceparent"].split("-")[:4]
            state = carried.get("tracestate")
            context = SpanContext(
                int(trace_id, 16),
                int(span_id, 16),
                is_remote=True,
                trace_flags=TraceFlags(int(flags, 16)),
                trace_state=TraceState.from_header([state]) if state else None,
            )
            yield Link(context)
