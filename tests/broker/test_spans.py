"""A collector gets one span of a batch, which links to what the publisher began."""

import asyncio
import gzip
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import uvicorn
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
)
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.runtime.settings import Settings
from tests.broker.operating import process
from tests.broker.running import create_topics
from tests.broker.saying import put
from tests.broker.test_gateway import free
from tests.support.saying import S11, described, envelope

TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = f"00-{TRACE_ID}-00f067aa0ba902b7-01"


@asynccontextmanager
async def collector(
    address: str,
) -> AsyncIterator[list[ExportTraceServiceRequest]]:
    """What speaks OTLP as a collector does, as far as it is asked here."""
    got: list[ExportTraceServiceRequest] = []

    async def take(request: Request) -> Response:
        body = await request.body()
        if request.headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        got.append(ExportTraceServiceRequest.FromString(body))
        return Response(media_type="application/x-protobuf")

    host, _, port = address.rpartition(":")
    app = Starlette(routes=[Route("/v1/traces", take, methods=["POST"])])
    server = uvicorn.Server(
        uvicorn.Config(app, host=host, port=int(port), log_config=None)
    )
    serving = asyncio.create_task(server.serve())
    try:
        yield got
    finally:
        server.should_exit = True
        await serving


@pytest.mark.timeout(150)
async def test_a_collector_gets_a_batch_with_its_links(
    settings: Settings, tmp_path: Path
) -> None:
    address = free()
    await create_topics(settings)
    program = ("-m", "services.cli", "run", "admission")
    given = {"TRACES": f"http://{address}/v1/traces"}
    async with (
        collector(address) as got,
        process(settings, tmp_path, program, **given) as one,
    ):
        await one.ready()
        said = envelope("project.described", "chengdu", S11)
        await put(
            settings, said.model_copy(update={"traceparent": PARENT}), described()
        )
        async with asyncio.timeout(90):
            while not (found := links(got)):
                await asyncio.sleep(0.2)
    assert found == {("twincity.admission", TRACE_ID)}


def links(got: list[ExportTraceServiceRequest]) -> set[tuple[str, str]]:
    """The services and the traces that their batches link to."""
    return {
        (attribute.value.string_value, link.trace_id.hex())
        for request in got
        for told in request.resource_spans
        for attribute in told.resource.attributes
        if attribute.key == "service.name"
        for scope in told.scope_spans
        for span in scope.spans
        for link in span.links
    }
