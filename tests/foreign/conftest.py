"""Node and the packages of ``package-lock.json``, made once for each lock."""

import json
import shutil
import subprocess
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
Node = Callable[..., Any]


@pytest.fixture(scope="session")
def node() -> Node:
    """Run a script of this folder: standard input and output are JSON."""
    if not (shutil.which("node") and shutil.which("npm")):
        pytest.fail("Node.js 20 with npm is needed here; install it", pytrace=False)
    stamp = HERE / "node_modules" / ".twincity"
    lock = sha256((HERE / "package-lock.json").read_bytes()).hexdigest()
    if not stamp.exists() or stamp.read_text() != lock:
        run("npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts")
        stamp.write_text(lock)

    def script(name: str, *arguments: str, given: Any = None) -> Any:
        return json.loads(run("node", name, *arguments, given=json.dumps(given)))

    return script


def run(*command: str, given: str = "") -> str:
    ran = subprocess.run(
        command, cwd=HERE, input=given, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, f"{' '.join(command)}\n{ran.stdout}{ran.stderr}"
    return ran.stdout
