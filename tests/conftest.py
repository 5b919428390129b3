"""Marks by folder; says which broker the tests will run on."""

from pathlib import Path

import pytest

from tests.support.broker import choice

_MARKS = {"unit", "contract", "flow", "broker", "browser", "foreign"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        folder = Path(item.path).parent.name
        if folder in _MARKS:
            item.add_marker(getattr(pytest.mark, folder))


def pytest_report_header() -> str:
    return f"broker: {choice()}"
