"""What it costs that operators see the flow (``make bench-telling``).

Admission and coordination work off the same statements in alternating pairs: with
INFO lines written and metrics read every second, and with neither. What is counted
for them is counted in both, once a batch.
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


def told() -> dict[str, dict[str, str]]:
    """What each service gets that tells everything, at a free port of its own."""
    found = {}
    with contextlib.ExitStack() as stack:
        for service in SERVICES:
            free = stack.enter_context(socket.socket())
            free.bind(("127.0.0.1", 0))
            port = str(free.getsockname()[1])
            found[service] = {"TWINCITY_LOG_LEVEL": "INFO", "TWINCITY_HEALTH": port}
    return found


async def scrape(port: int) -> None:
    """Read a service's metrics every second, as Prometheus would."""
    while True:
        await asyncio.sleep(_SCRAPE_S)
        with contextlib.suppress(OSError):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n")
            await reader.read()
            writer.close()


async def measure(settings: Settings) -> None:
    """Alternating pairs; each pair's order is the other of the one before."""
    ratios = []
    for turn in range(PAIRS):
        cpu = {}
        for on in (True, False) if turn % 2 else (False, True):
            given = told() if on else {}
            scraping = [
                asyncio.create_task(scrape(int(one["TWINCITY_HEALTH"])))
                for one in given.values()
            ]
            cpu[on] = (await run(settings, OURS, given)).cpu_s
            for task in scraping:
                task.cancel()
        ratios.append(cpu[True] / cpu[False])
        print(
            f"{turn + 1:2}  told {cpu[True]:6.2f} CPU s   untold {cpu[False]:6.2f}   "
            f"{(ratios[-1] - 1) * 100:+5.1f} %",
            flush=True,
        )
    more = (statistics.median(ratios) - 1) * 100
    print(
        f"{STATEMENTS:,} statements, median of {PAIRS} alternating pairs: "
        f"{more:+.1f} % CPU; target ≤ {TARGET_PERCENT} %"
    )


def main() -> None:
    """Measure on the broker that is set, or on an embedded one."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    with broker(Settings.load()) as (settings, _):
        asyncio.run(measure(settings))


if __name__ == "__main__":
    main()
