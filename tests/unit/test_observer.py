"""The demo looks on: what is none of the story's does not end it."""

from typing import Any
from unittest.mock import Mock

import pytest

from services.demo.observer import Observer

pytestmark = pytest.mark.unit


def test_a_foreign_record_is_named_and_passed_over(
    capsys: pytest.CaptureFixture[str],
) -> None:
    shown: list[Any] = []
    observer = Observer(shown.append)
    foreign = Mock(
        topic="dev.twincity.project.records", partition=1, offset=7,
        key=b"\xff", value=b"hello", headers=(),
    )  # fmt: skip
    observer._see(foreign, "dev.")
    said = capsys.readouterr().err
    assert "twincity.project.records/1@7" in said
    assert "no CloudEvent" in said
    assert "已跳过" in said
    assert not shown
    assert not observer.events
