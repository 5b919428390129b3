"""Models of the contract are built at their first use, or all of them at once."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, BrokenBarrierError
from typing import Any

import pytest
from pydantic import GetCoreSchemaHandler
from typing_extensions import override

from twincity_schemas.values import Value

_AT_ONCE = """
from twincity_schemas.catalogue import build_models
from twincity_schemas.statement import Statement
from twincity_schemas.values import Value

def derived(base):
    for each in base.__subclasses__():
        yield each
        yield from derived(each)

models = [*derived(Value), *derived(Statement)]
waiting = [each for each in models if not each.__pydantic_complete__]
assert len(waiting) > 200, len(waiting)
build_models()
assert all(each.__pydantic_complete__ for each in models)
"""


def test_they_are_not_built_by_an_import_and_all_of_them_by_a_call() -> None:
    """In a process of its own: here others have used them already."""
    command = [sys.executable, "-c", _AT_ONCE]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_one_thread_builds_what_two_use_first() -> None:
    """By a lock of pydantic's, since 2.14: a publisher may send from threads."""
    both_build = Barrier(2)

    class Slow(Value):
        number: int

        @classmethod
        @override
        def __get_pydantic_core_schema__(
            cls, source: Any, handler: GetCoreSchemaHandler
        ) -> Any:
            with pytest.raises(BrokenBarrierError):
                both_build.wait(1)
            return handler(source)

    with ThreadPoolExecutor(2) as pool:
        numbers = pool.map(lambda n: Slow(number=n).number, (1, 2))
        assert [*numbers] == [1, 2]
