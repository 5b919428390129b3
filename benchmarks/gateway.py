"""The gateway: from a POST to its receipt, and many streams (``make bench-gateway``).

Latency stands beside the floor of the same broker: a Kafka client that puts the
same statement into the inbox and reads the receipts topic by itself. CPU is the
gateway's process alone.
"""

import asyncio
import json
import os
import socket
import sys
import time
from contextlib import suppress
from pathlib import Path
from statistics import quantiles

import httpx
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from benchmarks.walking import statement
from services.local.stack import broker, system
from services.runtime.connecting import client_options
from services.runtime.settings import Settings
from twincity_schemas.envelope import Envelope
from twincity_schemas.message import STRUCTURED, parse
from twincity_schemas.receipt import ReceiptIssued
from twincity_schemas.topology import inbox, receipts

POSTS = int(os.environ.get("POSTS", "2000"))
RATE = 100
CONNECTIONS = 64
STREAMS = int(os.environ.get("STREAMS", "500"))
PUBLISHED = 200
PUBLISHED_RATE = 20
Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]
_TICKS = os.sysconf("SC_CLK_TCK")


def cpu_s(pid: int) -> float:
    """User and system CPU of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def structured(number: int) -> bytes:
    """The walking benchmark's statement as Chengdu's, in structured mode."""
    _, _, value, headers = statement(number * 5)
    envelope = Envelope.from_headers(headers).model_dump(mode="json", exclude_none=True)
    return json.dumps(
        envelope | {"data": json.loads(value)}, ensure_ascii=False
    ).encode()


def spread(seconds: list[float]) -> str:
    """The 50th and the 99th percentile in milliseconds."""
    cuts = quantiles(seconds, n=100)
    return f"p50 {cuts[49] * 1000:6.1f} ms   p99 {cuts[98] * 1000:6.1f} ms"


async def paced(count: int, rate: float, one: object) -> list[float]:
    """Run a coroutine function count times at a rate; gives how long each took."""
    took: list[float] = []

    async def timed(number: int) -> None:
        began = time.perf_counter()
        await one(number)  # type: ignore[operator]
        took.append(time.perf_counter() - began)

    began, tasks = time.perf_counter(), []
    for number in range(count):
        await asyncio.sleep(began + number / rate - time.perf_counter())
        tasks.append(asyncio.create_task(timed(number)))
    await asyncio.gather(*tasks)
    return took


async def floor(settings: Settings) -> list[float]:
    """From a producer's send to its receipt, read by the same client."""
    place = TopicPartition(settings.prefix + receipts("chengdu"), 0)
    waiting: dict[int, asyncio.Future[None]] = {}
    early: set[int] = set()
    consumer = AIOKafkaConsumer(
        **client_options(settings),
        isolation_level="read_committed",
        fetch_max_wait_ms=100,
    )
    producer = AIOKafkaProducer(
        **client_options(settings), acks="all", enable_idempotence=True
    )
    await consumer.start()
    await producer.start()
    consumer.assign([place])
    await consumer.seek_to_end(place)

    async def read() -> None:
        async for record in consumer:
            data = parse(record.headers, record.value).data
            if isinstance(data, ReceiptIssued):
                if future := waiting.pop(data.position.offset, None):
                    future.set_result(None)
                else:
                    early.add(data.position.offset)

    async def say(number: int) -> None:
        sent = await producer.send_and_wait(
            settings.prefix + inbox("chengdu"),
            structured(1_000_000 + number),
            headers=[("content-type", STRUCTURED.encode())],
        )
        if sent.offset not in early:
            future = waiting[sent.offset] = asyncio.get_running_loop().create_future()
            await future

    reading = asyncio.create_task(read())
    try:
        return await paced(POSTS, RATE, say)
    finally:
        reading.cancel()
        await consumer.stop()
        await producer.stop()


async def posts(address: str, first: int) -> list[float]:
    """From a POST to its answer, of statements from a number on.

    Over sockets of our own: an HTTP library here costs more than the gateway.
    """
    host, port = address.removeprefix("http://").split(":")
    idle: asyncio.Queue[Connection] = asyncio.Queue()
    for _ in range(CONNECTIONS):
        idle.put_nowait(await asyncio.open_connection(host, int(port)))

    async def say(number: int) -> None:
        body = structured(first + number)
        connection = reader, writer = await idle.get()
        writer.write(
            f"POST /statements HTTP/1.1\r\nHost: x\r\nPrefer: wait=30\r\n"
            f"Content-Type: {STRUCTURED}\r\nContent-Length: {len(body)}\r\n"
            "\r\n".encode()
            + body
        )
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        assert head.startswith(b"http/1.1 200"), head  # noqa: S101  what is timed has to be right
        length = head.partition(b"content-length:")[2].partition(b"\r")[0]
        await reader.readexactly(int(length))
        idle.put_nowait(connection)

    try:
        return await paced(POSTS, RATE, say)
    finally:
        while not idle.empty():
            idle.get_nowait()[1].close()


async def streams(address: str, pid: int) -> tuple[int, float, list[float]]:
    """Returns the frames that many readers were handed, the CPU, and the delays.

    The readers share this machine: their own CPU is not counted, their delay is.
    """
    host, port = address.removeprefix("http://").split(":")
    counts = [0] * STREAMS
    seen: dict[int, float] = {}
    live = 0

    async def follow(index: int) -> None:
        nonlocal live
        reader, writer = await asyncio.open_connection(host, int(port))
        # Only what is new: what the earlier rounds left is another's matter.
        path = "/events?party=ziyang"
        writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        while line := await reader.readline():
            if line == b"event: live\n":
                live += 1
            elif line == b"event: record\n":
                counts[index] += 1
                seen[counts[index]] = time.perf_counter()

    following = [asyncio.create_task(follow(n)) for n in range(STREAMS)]
    while live < STREAMS:  # noqa: ASYNC110  sockets set no event
        await asyncio.sleep(0.1)
    said_at: list[float] = []
    before = cpu_s(pid)
    async with httpx.AsyncClient(base_url=address, timeout=60) as client:

        async def say(number: int) -> None:
            document = json.loads(structured(2_000_000 + number))
            document["subject"] = f"project/chengdu.ziyang/s{number}"
            body = json.dumps(document)
            said_at.append(time.perf_counter())
            await client.post(
                "/statements", content=body, headers={"content-type": STRUCTURED}
            )

        await paced(PUBLISHED, PUBLISHED_RATE, say)
        for _ in range(300):
            if min(counts) >= PUBLISHED:
                break
            await asyncio.sleep(0.1)
    spent = cpu_s(pid) - before
    late = [seen[n + 1] - said_at[n] for n in range(min(len(said_at), *counts))]
    for task in following:
        task.cancel()
    return sum(counts), spent, late


async def main() -> None:
    """Print the figures."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        listen = f"127.0.0.1:{server.getsockname()[1]}"
    wanted = {"gateway_trying": True, "gateway_listen": listen, "prefix": "g."}
    with broker(Settings().model_copy(update=wanted)) as (settings, _):
        address = f"http://{listen}"
        async with system(settings, Path("/tmp")) as stack:  # noqa: S108  logs
            await _up(address)
            pid = stack.supervisor._processes["gateway"].pid  # noqa: SLF001  there is no public way to it
            await posts(address, 0)  # warm
            least = await floor(settings)
            before = cpu_s(pid)
            took = await posts(address, POSTS)
            spent = cpu_s(pid) - before
            sys.stdout.write(
                f"{POSTS} statements of 1.4 KB at {RATE}/s, every service running\n"
                f"  Kafka client to receipt   {spread(least)}\n"
                f"  POST to receipt           {spread(took)}   "
                f"{spent / POSTS * 1e6:.0f} µs of the gateway's CPU each\n"
            )
            delivered, spent, late = await streams(address, pid)
            sys.stdout.write(
                f"{STREAMS} streams, {PUBLISHED} statements at {PUBLISHED_RATE}/s\n"
                f"  POST to the last reader   {spread(late)}\n"
                f"  {delivered} of {STREAMS * PUBLISHED} frames delivered, "
                f"{spent / max(1, delivered) * 1e6:.1f} µs of the gateway's CPU each\n"
            )


async def _up(address: str) -> None:
    async with asyncio.timeout(120), httpx.AsyncClient(base_url=address) as client:
        while True:
            with suppress(httpx.HTTPError):
                if (await client.get("/health")).is_success:
                    return
            await asyncio.sleep(0.2)


if __name__ == "__main__":
    asyncio.run(main())
