"""Marks by folder; says which broker the tests will run on."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from hypothesis import settings

from tests.support.broker import choice

# No test asserts a time: how fast the machine is just then proves nothing.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

_MARKS = {"unit", "contract", "flow", "broker", "browser", "foreign"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        folder = Path(item.path).parent.name
        if folder in _MARKS:
            item.add_marker(getattr(pytest.mark, folder))


@pytest.fixture(autouse=True)
def _logs_end_with_the_test(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A command run in this process must not leave its closed stream to others."""
    configure = structlog.configure
    monkeypatch.setattr(
        structlog,
        "configure",
        lambda **wanted: configure(**wanted | {"cache_logger_on_first_use": False}),
    )
    yield
    structlog.reset_defaults()


def pytest_report_header() -> str:
    return f"broker: {choice()}"
