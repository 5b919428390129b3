"""A storm over every service: nothing lost, nothing doubled, the same records.

A bounded part of ``make soak``, which goes on for as long as it is asked to.
"""

import random
from pathlib import Path

import pytest

from tests.support.broker import is_secured
from tests.support.harness.round import ForgetfulKafka, tell_twice
from tests.support.harness.storm import BROKER, FULL, READ_ONLY, ZOMBIE
from tests.support.harness.story import story

_TURNS = (ZOMBIE, BROKER, FULL, READ_ONLY)


@pytest.mark.timeout(600)  # on a machine that does other work besides
async def test_whatever_happens_a_story_comes_to_the_same(tmp_path: Path) -> None:
    folder = tmp_path / "logs"
    folder.mkdir()
    with ForgetfulKafka(tmp_path / "kafka", secured=is_secured()) as kafka:
        came = await tell_twice(
            kafka,
            f"sqlite:///{tmp_path}/small/ledger.sqlite3",
            folder,
            story(projects=3, reports=6, pool=30),
            random.Random(7),
            seconds=12,
            turns=_TURNS,
            aborts=0.3,  # of the few batches that there are
        )
    assert came.wrong == []
    for turn in _TURNS:
        assert came.figures[turn] == 1
    assert came.figures["services killed"] >= 6
    assert came.figures["batches taken back"] >= 1
    assert came.figures["groups forgotten by the broker"] == 4
    assert came.died <= came.known
    assert came.died
