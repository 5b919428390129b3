"""The snippets of ``schemas/README.md``, and how each language runs one."""

import asyncio
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from services.local.jars import class_path
from services.local.java import find_java
from services.runtime.settings import Settings
from tests.support import kcat
from tests.support.broker import CERTIFICATE, CERTIFIED
from twincity_schemas import snippets as written

SCHEMAS = Path(__file__).parents[2] / "schemas"
FOREIGN = Path(__file__).parents[1] / "foreign"


def section(heading: str) -> str:
    """The text of one chapter of the README."""
    return written.section(heading)


def snippets(heading: str) -> dict[str, tuple[str, str]]:
    """The language and the code of each snippet of a chapter, by its heading."""
    return {one.name: (one.language, one.code) for one in written.snippets(heading)}


def at(name: str, code: str, settings: Settings) -> str:
    """A snippet for a broker: its address, and who comes to it where it asks.

    Args:
        name: the snippet's heading.
        code: the snippet.
        settings: which broker, and the user and password if it is secured.
    """
    if settings.mechanism is not None:
        code = _secured(name.removeprefix("Publish: "), code)
        code = code.replace("localhost:9094", os.environ.get(CERTIFIED, ""))
    return re.sub(r"localhost:909[23]", settings.kafka, code)


def _secured(name: str, code: str) -> str:
    """A snippet with the lines of the chapter on secured clusters."""
    chapter = section("The same on a secured cluster")
    one = chapter.partition(f"### Secured: {name}\n")[2].partition("\n### ")[0]
    words, _, rest = one.partition("```")
    lines = rest.partition("\n")[2].partition("```")[0]
    address, *named = re.findall("`([^`]+)`", words)
    assert address in code, f"{name}: {address} is not there"
    if named and "secured" in named[0]:
        return f"{lines}\n{code.replace(address, named[0])}"
    code = code.replace(address, lines.rstrip("\n"))
    for wanted in (one for one in named if one[0] == '"' and one not in code):
        code = code.replace("import (\n", f"import (\n\t{wanted}\n", 1)
    return code


def command(language: str, code: str, folder: Path) -> list[str]:
    """Write a snippet as a reader would, and return what runs it."""
    match language:
        case "python":
            return [sys.executable, _write(folder / "snippet.py", code)]
        case "javascript":
            # Beside the packages that it imports.
            beside = FOREIGN / "node_modules" / f"{folder.name}.mjs"
            return ["node", _write(beside, code)]
        case "java":
            name = re.findall(r"public class (\w+)", code)[0]
            jars = os.pathsep.join(map(str, class_path()))
            script = _write(folder / f"{name}.java", code)
            return [_compiling_java(), "-cp", jars, script]
        case "go":
            return [_built(code, folder)]
        case _:
            return ["sh", _write(folder / "snippet.sh", code)]


def _write(path: Path, code: str) -> str:
    path.write_text(code, "utf-8")
    return str(path)


def _compiling_java() -> str:
    java = str(find_java())
    modules = subprocess.run(
        [java, "--list-modules"], capture_output=True, text=True, check=True
    )
    if "jdk.compiler" not in modules.stdout:
        pytest.skip("this Java has no compiler: install a JDK of 17 or later")
    return java


def _built(code: str, folder: Path) -> str:
    if not shutil.which("go"):
        pytest.skip("there is no Go toolchain here")
    for pinned in (FOREIGN / "go").iterdir():
        shutil.copy(pinned, folder)
    _write(folder / "main.go", code)
    built = subprocess.run(
        ["go", "build", "-mod=mod", "-o", "snippet", "main.go"],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert built.returncode == 0, built.stderr
    return str(folder / "snippet")


@asynccontextmanager
async def started(
    run: list[str], folder: Path, settings: Settings
) -> AsyncIterator[asyncio.subprocess.Process]:
    """A process whose output is read as one; it ends with the block."""
    environment = settings.kafka_environment()
    if settings.kafka_ca is not None:
        environment["SSL_CERT_FILE"] = str(settings.kafka_ca)
        environment["TWINCITY_KAFKA_CERTIFICATE"] = os.environ.get(CERTIFICATE, "")
    process = await asyncio.create_subprocess_exec(
        *run,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        limit=2**20,
        start_new_session=True,
        cwd=folder,
        env=os.environ | environment | {"PATH": kcat.path()},
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            # It may have ended by itself, and the loop not have noticed yet.
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
