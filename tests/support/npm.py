"""npm's packages of ``tests/foreign/package-lock.json``, made once for each lock."""

import fcntl
import shutil
import subprocess
from hashlib import sha256
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[1] / "foreign"


def packages() -> Path:
    """The folder ``node_modules``, installed where it is not yet."""
    if not (shutil.which("node") and shutil.which("npm")):
        pytest.fail("Node.js 20 with npm is needed here; install it", pytrace=False)
    modules = FOLDER / "node_modules"
    stamp = modules / ".twincity"
    lock = sha256((FOLDER / "package-lock.json").read_bytes()).hexdigest()
    with (FOLDER / "package.json").open() as one_at_a_time:
        fcntl.flock(one_at_a_time, fcntl.LOCK_EX)  # files are tested side by side
        if not stamp.exists() or stamp.read_text() != lock:
            run("npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts")
            stamp.write_text(lock)
    return modules


def run(*command: str, given: str = "") -> str:
    """Run a command in the folder of the packages; gives what it prints."""
    ran = subprocess.run(
        command, cwd=FOLDER, input=given, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, f"{' '.join(command)}\n{ran.stdout}{ran.stderr}"
    return ran.stdout
