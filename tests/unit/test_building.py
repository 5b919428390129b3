"""Models of the contract are built at their first use, or all of them at once.

Each test has a process of its own: here others have used them already.
"""

import subprocess
import sys

from tests.support.examples import EXAMPLES

_AT_ONCE = """
from twincity_schemas.catalogue import build
from twincity_schemas.statement import Statement
from twincity_schemas.values import Value

def derived(base):
    for each in base.__subclasses__():
        yield each
        yield from derived(each)

models = [*derived(Value), *derived(Statement)]
waiting = [each for each in models if not each.__pydantic_complete__]
assert len(waiting) > 200, len(waiting)
build()
assert all(each.__pydantic_complete__ for each in models)
"""

_IN_THREADS = """
import json, sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from twincity_schemas.catalogue import EVENT_TYPES

THREADS = 4
together = Barrier(THREADS, timeout=60)
events = [json.loads(path.read_bytes()) for path in Path(sys.argv[1]).glob("*/*.json")]
assert len(events) > 100, len(events)

def read(_):
    texts = []
    for event in events:
        model = EVENT_TYPES[event["envelope"]["type"]].model
        together.wait()
        texts.append(model.model_validate_json(json.dumps(event["data"])).model_dump_json())
    return texts

sys.setswitchinterval(1e-5)
with ThreadPoolExecutor(THREADS) as pool:
    first, *others = pool.map(read, range(THREADS))
assert all(other == first for other in others)
"""


def run(program: str, *arguments: str) -> None:
    command = [sys.executable, "-c", program, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_they_are_not_built_by_an_import_and_all_of_them_by_a_call() -> None:
    run(_AT_ONCE)


def test_threads_that_use_one_first_together_read_the_same() -> None:
    run(_IN_THREADS, str(EXAMPLES))
