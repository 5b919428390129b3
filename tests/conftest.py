"""Marks by folder; says which broker the tests will run on."""

import logging
import os
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from hypothesis import settings

from tests.support.broker import choice

# No test asserts a time: how fast the machine is just then proves nothing.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

_LEFT = pytest.StashKey[bool]()
"""Whether a service in the test's own process may no longer end the test."""

_MARKS = {"unit", "contract", "flow", "broker", "browser", "foreign"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        folder = Path(item.path).parent.name
        if folder in _MARKS:
            item.add_marker(getattr(pytest.mark, folder))
    # Of several tests with one name, side by side, all but one would not be run.
    names = Counter(item.nodeid for item in items)
    if twice := [name for name, count in names.items() if count > 1]:
        raise pytest.UsageError(f"several tests have one name: {twice}")


@pytest.fixture(autouse=True)
def _logs_end_with_the_test(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A command run in this process must not leave its closed stream to others.

    Nor the level from which on it wrote: what a later test looks for in its log would
    be below it.
    """
    configure, level = structlog.configure, logging.root.level
    monkeypatch.setattr(
        structlog,
        "configure",
        lambda **wanted: configure(**wanted | {"cache_logger_on_first_use": False}),
    )
    yield
    structlog.reset_defaults()
    logging.root.setLevel(level)
    for handler in logging.root.handlers.copy():
        if type(handler) is logging.StreamHandler:  # pytest's own are subclasses
            logging.root.removeHandler(handler)


@pytest.fixture(autouse=True)
def _a_service_that_leaves_fails_the_test(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that runs in this process would end every test that is still to come.

    FastStream starts a loop again that has ended. What leaves a second time, or
    while the test is torn down, may not break the teardown off: the next test
    would be given this one's fixtures.
    """

    def leave(status: int) -> None:
        if request.node.stash.get(_LEFT, False):
            raise RuntimeError(f"a service left again, with {status}")
        request.node.stash[_LEFT] = True
        sys.exit(status)

    monkeypatch.setattr(os, "_exit", leave)


def pytest_runtest_teardown(item: pytest.Item) -> None:
    item.stash[_LEFT] = True


def pytest_report_header() -> str:
    return f"broker: {choice()}"
