"""``make soak MINUTES=10``: round after round, each in another storm; then the counts.
``make soak EVERYWHERE=1``: each service dies wherever it can, in as many rounds as
that takes, three at most: some places are come to only where something else goes wrong.

A round is told on a broker and a ledger of its own: SQLite and PostgreSQL in turn.
Where something is wrong it says what, keeps the logs and ends with status 1.
"""

import asyncio
import logging
import os
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Collection
from pathlib import Path

from services.runtime import logs
from services.runtime.settings import LogFormat
from tests.support.broker import is_secured
from tests.support.harness.round import Came, ForgetfulKafka, tell_twice
from tests.support.harness.storm import TURNS
from tests.support.harness.story import story
from tests.support.postgres import real_postgres

_ROUND_S = 90.0
"""Of storm; a round takes twice as long with what goes before and after."""
_ROUNDS_EVERYWHERE = 3
_AT_LEAST = {"services killed": 100, "broker killed": 10, "zombie": 10}
"""What a soak that was long enough has come to."""


def main(minutes: float | None, seed: int) -> int:
    logs.configure("soak", LogFormat.HUMAN, "CRITICAL", logging.CRITICAL)
    chance = random.Random(seed)
    print(f"seed {seed}")
    until = time.monotonic() + (minutes or 0) * 60
    seconds = None if minutes is None else min(_ROUND_S, minutes * 60)
    sum_, rounds = Came(), 0
    with real_postgres() as postgres:
        while not sum_.wrong and (
            not rounds
            or time.monotonic() < until
            or (minutes is None and sum_.left and rounds < _ROUNDS_EVERYWHERE)
        ):
            rounds += 1
            folder = Path(tempfile.mkdtemp(prefix="twincity-soak-"))
            sqlite = f"sqlite:///{folder}/small/ledger.sqlite3"
            # Only a database in a file can be taken away to be made anew.
            by_file = rounds % 2 or minutes is None
            database = sqlite if by_file else postgres.new_database()
            began = time.monotonic()
            # A storm may end a life where others have; a round everywhere goes on.
            done = sum_.died if seconds is None else ()
            came = _one(folder, database, chance, seconds, done)
            sum_.add(came)
            print(
                f"round {rounds}: {time.monotonic() - began:.0f} s, "
                f"{came.figures['services killed']} killed, {len(came.wrong)} wrong",
                flush=True,
            )
            if came.wrong:
                print(f"logs: {folder}")
            else:
                shutil.rmtree(folder)
    _print(sum_)
    for what, times in {} if minutes is None else _AT_LEAST.items():
        if sum_.figures[what] < times:
            print(f"too short for {times} × {what}: {sum_.figures[what]}")
    return 1 if sum_.wrong else 0


def _one(
    folder: Path,
    database: str,
    chance: random.Random,
    seconds: float | None,
    died: Collection[str],
) -> Came:
    where = folder / "logs"
    where.mkdir()
    turns = chance.sample(TURNS, len(TURNS))
    with ForgetfulKafka(folder / "kafka", secured=is_secured()) as kafka:
        told = tell_twice(
            kafka,
            database,
            where,
            # Where each life is to end somewhere, it needs something to do there.
            story(projects=4, reports=12, pool=60)
            if seconds
            else story(projects=4, reports=60, pool=300, damaged=20),
            chance,
            seconds=seconds,
            turns=turns,
            aborts=0.1 if seconds else 0.3,
            done=died,
        )
        return asyncio.run(told)


def _print(came: Came) -> None:
    for what, times in sorted(came.figures.items()):
        print(f"{times:8} {what}")
    print(
        f"{len(came.died):8} places of a transaction at which a service died, "
        f"of {len(came.known)}"
    )
    if len(came.left) < len(came.known) / 2:
        for place in sorted(came.left):
            print(f"         not at: {place}")
    print(
        f"a disk was full by: {', '.join(sorted(came.means)) or 'no round on SQLite'}"
    )
    for end, times in sorted(came.ends.items()):
        print(f"{times:8} ended by itself: {end}")
    for what in came.wrong[:20]:
        print(f"WRONG {what}")
    print(f"{len(came.wrong)} wrong")


if __name__ == "__main__":
    given = sys.argv[1] if len(sys.argv) > 1 else "10"
    minutes_ = None if given == "everywhere" else float(given)
    sys.exit(main(minutes_, int(os.environ.get("SEED", time.time()))))
