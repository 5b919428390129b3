"""``twincity match`` and the stand-alone verifier, on what a real broker holds."""

import asyncio
import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer

from services.cli.following import snapshot
from services.demo.opportunities import entries
from services.local.stack import system
from services.runtime.connecting import client_options
from services.runtime.settings import Settings
from tests.broker.saying import put
from tests.broker.test_commands import twincity
from tests.support import kcat
from tests.support.saying import envelope
from twincity_schemas.parties import Registry
from twincity_schemas.topic import Topic
from twincity_schemas.topology import MATCHING_CANDIDATES, MATCHING_RECORDS, topics

ALONE = Path(__file__).parents[2] / "deploy/verify_matching.py"
SAID = 120


@pytest.mark.timeout(480)
async def test_the_pairs_are_explained_drawn_and_checked_by_anybody(
    settings: Settings, tmp_path: Path
) -> None:
    async with system(settings, tmp_path):
        listed = list(entries())[:: 1070 // SAID][:SAID]
        for number, (subject, entry) in enumerate(listed):
            party = subject.split("/")[1]
            said = envelope("opportunity.published", party, subject, f"o{number}")
            await put(settings, said, entry.model_dump(mode="json", exclude_none=True))
        pool = await until_all_are_paired(settings)
        pairs = await paired(settings)
        demand, supply = pairs[0]
        for arguments, wanted in (
            (("verify",), "✓ 2022-1"),
            (("verify", "--from-statements"), "✓ 2022-1"),
            (("pool", "2022-1", "--svg", str(tmp_path / "p.svg")), "需求 demands"),
            (("explain", demand, supply), "合计 in all"),
            (("candidates", demand), supply),
            (("why-not", demand, supply), "they are paired"),
            (("why-not", demand, pairs[1][1]), " "),
        ):
            ran = await asyncio.to_thread(twincity, settings, "match", *arguments)
            assert ran.returncode == 0, ran.stderr
            assert wanted in ran.stdout
        assert (tmp_path / "p.svg").read_text("utf-8").startswith("<svg")
        ran = await asyncio.to_thread(twincity, settings, "match", "explain", "x", "y")
        assert ran.returncode == 1
        assert "Traceback" not in ran.stderr
        alone = await asyncio.to_thread(verified_alone, settings)
        assert (alone.returncode, alone.stdout) == (
            0,
            f"2022-1: {len(pairs)} pairs, proved the best\n",
        )
    await tamper(settings, pool)
    wrong = await asyncio.to_thread(twincity, settings, "match", "verify")
    assert wrong.returncode == 1
    assert "✗ 2022-1" in wrong.stdout
    assert (await asyncio.to_thread(verified_alone, settings)).returncode == 1


def named(settings: Settings, name: str) -> list[Topic]:
    catalogue = topics(Registry.load(settings.parties))
    return [topic for topic in catalogue if topic.name == name]


async def until_all_are_paired(settings: Settings) -> dict[str, object]:
    async with asyncio.timeout(90):
        while True:
            records = snapshot(settings, named(settings, MATCHING_RECORDS))
            async for record in records:
                if record.key == b"pool/2022-1":
                    pool: dict[str, object] = json.loads(record.value)
                    if int(str(pool["demands"])) + int(str(pool["supplies"])) == SAID:
                        return pool
            await asyncio.sleep(0.5)


async def paired(settings: Settings) -> list[tuple[str, str]]:
    found: dict[str, list[str]] = {}
    async for record in snapshot(settings, named(settings, MATCHING_RECORDS)):
        data = json.loads(record.value)
        if data.get("direction") == "demand":
            found[data["subject"]] = [p["counterpart"] for p in data["pairs"]]
    return [(demand, supply) for demand, those in found.items() for supply in those]


def verified_alone(settings: Settings) -> subprocess.CompletedProcess[str]:
    options = shlex.join(kcat.options(settings))
    read = (
        f"for topic in {MATCHING_CANDIDATES} {MATCHING_RECORDS}; do kcat "
        f"{options} -C -e -q -J -t {settings.prefix}$topic; done"
    )
    return subprocess.run(
        ["sh", "-c", f"{{ {read}; }} | {sys.executable} -I {ALONE}"],
        env={**os.environ, "PATH": kcat.path()},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


async def tamper(settings: Settings, pool: dict[str, object]) -> None:
    """Publish the pool's record once more, its score changed."""
    pool["score"] = int(str(pool["score"])) + 1
    said = envelope("pool.recorded", "twincity", "pool/2022-1")
    async with AIOKafkaProducer(**client_options(settings)) as producer:
        places = await producer.partitions_for(settings.prefix + MATCHING_RECORDS)
        for place in places:
            await producer.send_and_wait(
                settings.prefix + MATCHING_RECORDS,
                json.dumps(pool, ensure_ascii=False).encode(),
                key=b"pool/2022-1",
                headers=said.to_headers(),
                partition=place,
            )
