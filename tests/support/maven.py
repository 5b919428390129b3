"""Jars that tests alone need: fetched once by their coordinates, checked by sha256."""

import shutil
import tempfile
from hashlib import sha256
from pathlib import Path

from jgo.maven import MavenContext, PythonResolver

from services.local.jars import cache_folder

VERSION = "4.0.1"
CLOUDEVENTS = {
    "cloudevents-api": (
        "1eb08784349017f4d9bf7e31cd9107c7e1dd15138f60507168a3a68b0206cf5b"
    ),
    "cloudevents-core": (
        "f6226bac64b9fd84b15ec2111eb50b512febec55bbf40495cce841946b8dc120"
    ),
    "cloudevents-http-basic": (
        "8fb04a76ebcf71bdedfffa3c35c76a1025eebf274044e9a3a9981ad22b78ecc9"
    ),
    "cloudevents-json-jackson": (
        "0b63817b29ed6e04c401928acf701470fd5d16c447e54d78cc2801800820617f"
    ),
}
"""The official SDK; what it needs of Jackson is among Kafka's jars."""


def cloudevents() -> list[Path]:
    """The SDK's jars."""
    folder = cache_folder().with_name(f"cloudevents-{VERSION}")
    folder.mkdir(parents=True, exist_ok=True)
    return [_jar(folder, name, digest) for name, digest in CLOUDEVENTS.items()]


def _jar(folder: Path, name: str, digest: str) -> Path:
    jar = folder / f"{name}-{VERSION}.jar"
    if not jar.exists():
        with tempfile.TemporaryDirectory(dir=folder) as made:
            resolver = PythonResolver(None)
            context = MavenContext(resolver, repo_cache=Path(made), local_repos=[])
            project = context.project("io.cloudevents", name)
            fetched = Path(project.at_version(VERSION).artifact().resolve())
            shutil.copy(fetched, Path(made) / jar.name)
            (Path(made) / jar.name).replace(jar)
    assert sha256(jar.read_bytes()).hexdigest() == digest, (
        f"{jar} is not the pinned jar"
    )
    return jar
