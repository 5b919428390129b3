"""One Kafka node as a child process: format, start, stop, kill."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import uuid
from base64 import urlsafe_b64encode
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from services.embedded.jars import class_path
from services.embedded.java import find_java
from services.runtime.errors import Unavailable
from services.runtime.process import dies_with_parent

_START_S = 60
_STOP_S = 20

# Halves the node's memory (290 to 160 MB) against the defaults; see
# docs/decisions/0003. A thread more or less is nothing at this load.
_JVM = (
    "-Xmx256m",
    "-Xss512k",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-Dfile.encoding=UTF-8",
)

_LOCALE = {"LC_ALL": "C.UTF-8"}
"""Java reads and writes file names in the locale: under C none but ASCII works."""

_DATA, _LOG4J_FILE, _PROPERTIES_FILE = "data", "log4j2.properties", "server.properties"
"""Relative, and the node runs in their folder: Java reads a properties file as
Latin-1 and Kafka splits a path at its commas, so no user's path may stand in one."""

_PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller_port}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
controller.listener.names=CONTROLLER
log.dirs=data
auto.create.topics.enable=false
group.initial.rebalance.delay.ms=0
# One node: one copy of everything, and internal topics with one partition.
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
share.coordinator.state.topic.num.partitions=1
# Small buffers and few threads.
log.cleaner.dedupe.buffer.size=4194304
log.cleaner.threads=1
offsets.load.buffer.size=1048576
num.network.threads=1
num.io.threads=2
background.threads=2
"""

_LOG4J = """\
status=error
appender.console.type=Console
appender.console.name=console
appender.console.layout.type=PatternLayout
appender.console.layout.pattern=%d{ISO8601} %-5p %c{1} %m%n
rootLogger.level=warn
rootLogger.appenderRef.console.ref=console
"""


class EmbeddedKafka:
    """A real Kafka on loopback, as a context manager.

    Start it from the main thread: where the kernel allows, it dies with the
    thread that started it, so that no broker outlives a killed parent.

    Args:
        folder: where its data and log live; None: temporary, removed at the end,
            but kept where an error has named the log in it.
        cache: where the jars are kept; None: the user's cache.
    """

    def __init__(self, folder: Path | None = None, cache: Path | None = None) -> None:
        self._temporary = folder is None
        self._folder = (
            folder or Path(tempfile.mkdtemp(prefix="twincity-kafka-"))
        ).absolute()
        self._cache = cache
        self._process: subprocess.Popen[bytes] | None = None
        self._port, self._controller_port = _free_ports()

    @property
    def bootstrap(self) -> str:
        """The address that clients connect to."""
        return f"127.0.0.1:{self._port}"

    @property
    def pid(self) -> int | None:
        """The node's process; None while there is none."""
        return self._process.pid if self._process else None

    @property
    def log(self) -> Path:
        """What the node writes."""
        return self._folder / "kafka.log"

    def __enter__(self) -> Self:
        """Start; see :meth:`start`."""
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _value: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        """Stop."""
        self.stop()

    def start(self) -> None:
        """Start the node, again on the same data and port after a kill.

        Raises:
            TwinCityError: no Java, or a jar that is not the pinned one.
            Unavailable: a jar cannot be fetched, or the node does not come up.
        """
        java, jars = find_java(), class_path(self._cache)
        self._folder.mkdir(parents=True, exist_ok=True)
        (self._folder / _LOG4J_FILE).write_text(_LOG4J)
        (self._folder / _PROPERTIES_FILE).write_text(
            _PROPERTIES.format(port=self._port, controller_port=self._controller_port)
        )
        with self.log.open("ab") as log:
            begins = log.tell()
        command = [
            *dies_with_parent(), str(java), *_JVM,
            f"-Dlog4j2.configurationFile={_LOG4J_FILE}", "-cp", jars,
        ]  # fmt: skip
        if not (self._folder / _DATA / "meta.properties").exists():
            self._format(command, begins)
        self._process = self._run([*command, "kafka.Kafka", _PROPERTIES_FILE])
        self._wait_for_port(begins)

    def stop(self) -> None:
        """End it cleanly (after a SIGKILL the next start takes long)."""
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(_STOP_S)
            except subprocess.TimeoutExpired:
                self.kill()
            self._process = None
        if self._temporary:
            shutil.rmtree(self._folder, ignore_errors=True)

    def kill(self) -> None:
        """End it as a power cut would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def _run(self, command: list[str]) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as log:
            return subprocess.Popen(  # noqa: S603  our own command line
                command,
                cwd=self._folder,
                env=os.environ | _LOCALE,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                # A Ctrl-C on the terminal is for the parent, which stops the
                # services first and the broker last.
                start_new_session=True,
            )

    def _format(self, command: list[str], log_begins: int) -> None:
        cluster = urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        # With «=», since one identifier in 64 begins like an option, with «-».
        tool = ["kafka.tools.StorageTool", "format", f"--cluster-id={cluster}"]
        with self._run([*command, *tool, "-c", _PROPERTIES_FILE]) as formatting:
            try:
                status = formatting.wait(_START_S)
            except subprocess.TimeoutExpired:
                formatting.kill()
                status = formatting.wait()
        if status != 0:
            raise self._failure(
                "Kafka's data folder could not be formatted 无法格式化 Kafka 数据目录",
                log_begins,
            )

    def _wait_for_port(self, log_begins: int) -> None:
        # The port opens last: the node is unfenced by then and takes records.
        deadline = time.monotonic() + _START_S
        while time.monotonic() < deadline:
            if self._process is None or self._process.poll() is not None:
                raise self._failure("Kafka ended while starting 启动中退出", log_begins)
            with (
                suppress(OSError),
                socket.create_connection(("127.0.0.1", self._port), timeout=1),
            ):
                return
            time.sleep(0.05)
        raise self._failure(
            f"Kafka did not start within {_START_S} s 未能按时启动", log_begins
        )

    def _failure(self, sentence: str, log_begins: int) -> Unavailable:
        """The sentence with what the log says, which is kept for the reader."""
        self._temporary = False
        with self.log.open("rb") as log:
            log.seek(log_begins)
            said = log.read().decode(errors="replace").splitlines()
        last = [line for line in said if line and not line[0].isspace()][-5:]
        return Unavailable(f"{sentence}；{self.log}: " + " | ".join(last))


def _free_ports() -> tuple[int, int]:
    with socket.socket() as first, socket.socket() as second:
        first.bind(("127.0.0.1", 0))
        second.bind(("127.0.0.1", 0))
        return first.getsockname()[1], second.getsockname()[1]
