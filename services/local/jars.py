"""Kafka's jars: fetched once by their Maven coordinates, checked against pins.

Only what is pinned reaches the class path. A download lands in a temporary
folder and is moved into the cache when its sha256 is right, so a killed
download leaves no half jar behind.
"""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import file_digest
from pathlib import Path

from jgo.maven import MavenContext, PythonResolver
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
)

from services.runtime.errors import TwinCityError, Unavailable, WrongSetting

KAFKA_VERSION = "4.3.1"
PINS = Path(__file__).with_name(f"kafka-{KAFKA_VERSION}.pins")
"""Committed; ``services.local.pinning`` writes it."""

_ATTEMPTS = 3
_CACHE_SETTING = "TWINCITY_CACHE"


@dataclass(frozen=True)
class Pin:
    """One jar as it has to be; its size in bytes."""

    sha256: str
    size: int
    group: str
    artifact: str
    version: str

    @property
    def file_name(self) -> str:
        """The jar's name in the cache."""
        return f"{self.artifact}-{self.version}.jar"


def cache_folder() -> Path:
    """Returns where the jars are kept: ``TWINCITY_CACHE``, or the user's cache.

    Raises:
        WrongSetting: it is not set, and the user has no home.
    """
    root = os.environ.get(_CACHE_SETTING)
    try:
        cache = Path(root) if root else Path.home() / ".cache" / "twincity"
    except RuntimeError:
        raise WrongSetting(
            f"there is no HOME; set {_CACHE_SETTING} to a folder 请设置缓存目录"
        ) from None
    return cache / f"kafka-{KAFKA_VERSION}"


def pins() -> list[Pin]:
    """Every jar of the class path."""
    lines = PINS.read_text("utf-8").splitlines()
    return [_pin(line) for line in lines if not line.startswith("#")]


def _pin(line: str) -> Pin:
    sha256, size, coordinates = line.split()
    return Pin(sha256, int(size), *coordinates.split(":"))


def class_path(cache: Path | None = None) -> list[Path]:
    """Fetch what is missing and give the jars of Java's class path, in one folder.

    Every jar is checked at every start (50 MB in 0.1 s): a cache that somebody
    changed must not run.

    Raises:
        TwinCityError: a cached jar is not the pinned one.
        WrongSetting: there is no place for the jars, or it cannot be written.
        Unavailable: a jar could not be fetched.
    """
    cache = (cache or cache_folder()).absolute()  # Java runs in another folder
    wanted = pins()
    try:
        cache.mkdir(parents=True, exist_ok=True)
        missing = [pin for pin in wanted if not (cache / pin.file_name).exists()]
        if missing:
            _fetch(missing, cache)
    except OSError as error:
        raise WrongSetting.of_path(cache, error, _CACHE_SETTING) from None
    for pin in wanted:
        jar = cache / pin.file_name
        if _sha256(jar) != pin.sha256:
            raise TwinCityError(
                f"{jar} is not the pinned jar; delete it and start again "
                "缓存的文件与锁定的校验值不符，请删除后重试"
            )
    return [cache / pin.file_name for pin in wanted]


def _fetch(missing: list[Pin], cache: Path) -> None:
    columns = (
        TextColumn("Apache Kafka"),
        BarColumn(),
        DownloadColumn(),
        TimeRemainingColumn(),
    )
    with (
        tempfile.TemporaryDirectory(dir=cache) as temporary,
        Progress(*columns, transient=True) as progress,
    ):
        task = progress.add_task("jars", total=sum(pin.size for pin in missing))

        @contextmanager
        def counted(_name: str, _size: int) -> Iterator[Callable[[int], None]]:
            yield lambda count: progress.update(task, advance=count)

        for pin in missing:
            jar = _download(pin, Path(temporary), PythonResolver(None, counted))
            if _sha256(jar) != pin.sha256:
                raise TwinCityError(
                    f"{pin.file_name} was fetched with another sha256 than pinned "
                    "下载的文件与锁定的校验值不符"
                )
            jar.replace(cache / pin.file_name)


def _download(pin: Pin, temporary: Path, resolver: PythonResolver) -> Path:
    for attempt in range(1, _ATTEMPTS + 1):
        repository = temporary / str(attempt)
        context = MavenContext(
            resolver, repo_cache=repository, local_repos=[], timeout=60
        )
        project = context.project(pin.group, pin.artifact)
        try:
            return Path(project.at_version(pin.version).artifact().resolve())
        except Exception as error:  # jgo and requests raise of many kinds
            shutil.rmtree(repository, ignore_errors=True)
            if attempt == _ATTEMPTS:
                raise Unavailable(
                    f"{pin.file_name} cannot be fetched 无法下载：{error}"
                ) from error
    raise AssertionError


def _sha256(jar: Path) -> str:
    with jar.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()
