"""``twincity deadletters`` as an operator uses it."""

import asyncio
import json
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from services.runtime.settings import Settings
from tests.broker.running import create_topics
from tests.broker.test_commands import twincity
from tests.broker.test_deadletters import S5, S11, coordinating, put, story, until

OPERATOR = ("--why", "0.1.1 版已修复", "--by", "王敏")


@pytest.mark.timeout(360)
async def test_listed_shown_previewed_redriven_discarded(
    settings: Settings, tmp_path: Path
) -> None:
    fault = tmp_path / "fault"
    fault.write_text("s11-1 s5-2")

    async def do(*arguments: str) -> CompletedProcess[str]:
        return await asyncio.to_thread(twincity, settings, "deadletters", *arguments)

    await create_topics(settings)
    assert "no dead letters" in (await do("list")).stdout
    nothing = await do("redrive", *OPERATOR)
    assert (nothing.returncode, "没有" in nothing.stderr) == (1, True)
    async with coordinating(settings, fault):
        await put(settings, *story(S11, "chengdu", 3), *story(S5, "meishan", 3))
        await until(settings, 5)

        listed = (await do("list")).stdout
        assert listed.count("无法判定") == 2
        assert "s11" in listed
        lines = (await do("list", "--json", "--reason", "undecided")).stdout
        [first, other] = sorted(map(json.loads, lines.splitlines()), key=str)
        assert {first["subject"], other["subject"]} == {S11, S5}
        assert first["en"] == "could not be decided"
        assert first["tried"] == 1

        shown = (await do("show", "--subject", S11)).stdout
        assert "a month without a plan" in shown
        assert "排队等候" in shown
        document = json.loads(
            (await do("show", "--json", "--subject", S5)).stdout.splitlines()[0]
        )
        assert document["value"]["source"] == "月报 2"

        # The preview runs the command's own release, which has no fault.
        preview = await do("redrive", "--dry-run", "--subject", S11, "--json")
        assert preview.returncode == 0, preview.stderr
        lines = preview.stdout.splitlines()
        assert [json.loads(line)["failure"] for line in lines] == ["", "", ""]
        assert len((await do("list", "--json")).stdout.splitlines()) == 5

        assert (await do("redrive", "--subject", S11)).returncode == 2  # why?
        assert (await do("discard", *OPERATOR)).returncode == 2  # which?
        failed = await do("redrive", "--subject", S11, *OPERATOR)
        assert failed.returncode == 1
        assert "仍有等候者" in failed.stderr

        fault.write_text("s5-2")
        done = await do("redrive", "--service", "coordination", *OPERATOR)
        assert done.returncode == 1  # the other still fails
        assert S11 in done.stdout
        [first, _] = map(json.loads, (await do("list", "--json")).stdout.splitlines())
        assert (first["subject"], first["tried"]) == (S5, 2)

        gone = await do("discard", "--origin", first["origin"], *OPERATOR, "--json")
        assert gone.returncode == 0, gone.stderr
        assert json.loads(gone.stdout) == {
            "service": "coordination",
            "subject": S5,
            "resolved": 2,
            "waiting": 0,
        }
        again = await do("discard", "--origin", first["origin"], *OPERATOR)
        assert again.returncode == 1
    assert (await do("list", "--service", "nobody")).returncode == 1
