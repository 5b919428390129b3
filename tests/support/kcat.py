"""kcat: the machine's own, or Debian's package unpacked into the cache folder."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from services.runtime.settings import Settings
from tests.support.broker import CERTIFICATE, CERTIFIED

_PACKAGES = ("kcat", "librdkafka1", "libyajl2", "libsasl2-2", "liblz4-1", "libzstd1")


def options(settings: Settings) -> list[str]:
    """Which broker, and who comes to it.

    By a certificate where it is secured: Debian's librdkafka sends its nonce twice
    (confluentinc/librdkafka#4895, mended in 2.6.1), and Kafka 4 takes no SCRAM of it.
    """
    if settings.protocol == "PLAINTEXT":
        return ["-b", settings.kafka]
    certificate = os.environ[CERTIFICATE]
    given = {
        "security.protocol": "SSL",
        "ssl.ca.location": settings.kafka_ca,
        "ssl.certificate.location": certificate,
        "ssl.key.location": certificate,
    }
    words = [word for one in given.items() for word in ("-X", "=".join(map(str, one)))]
    return ["-b", os.environ[CERTIFIED], *words]


def path() -> str:
    """A PATH on which kcat is found, fetched where it is not yet.

    Raises:
        RuntimeError: there is none, and none can be had; it says what to do.
    """
    if shutil.which("kcat"):
        return os.environ["PATH"]
    cache = os.environ.get("TWINCITY_CACHE") or Path.home() / ".cache" / "twincity"
    folder = Path(cache).absolute() / "kcat"
    if not (folder / "kcat").exists():
        _fetch(folder)
    return f"{folder}{os.pathsep}{os.environ['PATH']}"


def _fetch(folder: Path) -> None:
    """Make the folder, whole or not at all; nothing is installed."""
    if not shutil.which("apt-get"):
        raise RuntimeError("kcat is not there, nor Debian's packages; install kcat")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as name:
        work, made = Path(name), Path(name) / "made"
        download = ("apt-get", "download", "--quiet", *_PACKAGES)
        try:
            _run(*download, cwd=work)
        except RuntimeError:
            # A fresh machine has no lists of packages yet.
            _run("apt-get", "update", "--quiet", cwd=work)
            _run(*download, cwd=work)
        for package in work.glob("*.deb"):
            _run("dpkg", "-x", str(package), str(made), cwd=work)
        wrapper = made / "kcat"
        wrapper.write_text(
            '#!/bin/sh\nhere=$(dirname "$0")\n'
            'export LD_LIBRARY_PATH="$(echo "$here"/usr/lib/*-gnu)"\n'
            'exec "$here/usr/bin/kcat" "$@"\n'
        )
        wrapper.chmod(0o755)
        if not folder.exists():  # another run may have been faster
            made.rename(folder)


def _run(*command: str, cwd: Path) -> None:
    ran = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    if ran.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n{ran.stdout}{ran.stderr}")
