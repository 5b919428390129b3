"""What it costs that operators see the flow (``make bench-telling``).

Admission and coordination work off the same statements in pairs: with INFO lines
written and metrics read every second, and with neither. The two of a pair run at the
same time, since a machine's speed changes by more between two runs than telling costs.
What is counted for them is counted in both, once a batch.
"""

import asyncio
import contextlib
import logging
import os
import socket
import statistics

from benchmarks.walking import OURS, SERVICES, STATEMENTS, run
from services.local.stack import broker
from services.runtime.settings import Settings

PAIRS = int(os.environ.get("PAIRS", "10"))
TARGET_PERCENT = 3.0
_SCRAPE_S = 1.0


def telling() -> dict[str, dict[str, str]]:
    """Each service's settings that tell everything, at a free port of its own."""
    environments = {}
    with contextlib.ExitStack() as stack:
        for service in SERVICES:
            free = stack.enter_context(socket.socket())
            free.bind(("127.0.0.1", 0))
            port = str(free.getsockname()[1])
            environments[service] = {
                "TWINCITY_LOG_LEVEL": "INFO",
                "TWINCITY_HEALTH": port,
            }
    return environments


async def scrape(port: int) -> None:
    """Read a service's metrics every second, as Prometheus would."""
    while True:
        await asyncio.sleep(_SCRAPE_S)
        with contextlib.suppress(OSError):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n")
            await reader.read()
            writer.close()


async def observed(settings: Settings) -> float:
    """CPU seconds with INFO lines written and metrics read every second."""
    environments = telling()
    scraping = [
        asyncio.create_task(scrape(int(one["TWINCITY_HEALTH"])))
        for one in environments.values()
    ]
    try:
        return (await run(settings, OURS, environments)).cpu_s
    finally:
        for task in scraping:
            task.cancel()


async def silent(settings: Settings) -> float:
    """CPU seconds with neither."""
    return (await run(settings, OURS)).cpu_s


async def measure(settings: Settings) -> None:
    """Pairs side by side; which of a pair starts first takes turns."""
    ratios = []
    for turn in range(PAIRS):
        order = (observed, silent) if turn % 2 else (silent, observed)
        spent = await asyncio.gather(*(one(settings) for one in order))
        cpu = dict(zip(order, spent, strict=True))
        ratios.append(cpu[observed] / cpu[silent])
        print(
            f"{turn + 1:2}  told {cpu[observed]:6.2f} CPU s   "
            f"untold {cpu[silent]:6.2f}   {(ratios[-1] - 1) * 100:+5.1f} %",
            flush=True,
        )
    more = (statistics.median(ratios) - 1) * 100
    print(
        f"{STATEMENTS:,} statements, median of {PAIRS} pairs side by side: "
        f"{more:+.1f} % CPU; target ≤ {TARGET_PERCENT} %"
    )


def main() -> None:
    """Measure on the broker that is set, or on an embedded one."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    with broker(Settings.load()) as (settings, _):
        asyncio.run(measure(settings))


if __name__ == "__main__":
    main()
