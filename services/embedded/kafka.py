"""One Kafka node as a child process: format, start, stop, kill."""

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

_PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller_port}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
controller.listener.names=CONTROLLER
log.dirs={data}
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
appender.console.layout.pattern=%d{{ISO8601}} %-5p %c{{1}} %m%n
rootLogger.level=warn
rootLogger.appenderRef.console.ref=console
"""


class EmbeddedKafka:
    """A real Kafka on loopback, as a context manager.

    Start it from the main thread: where the kernel allows, it dies with the
    thread that started it, so that no broker outlives a killed parent.

    Args:
        folder: where its data and log live; None: temporary, removed at the end.
        cache: where the jars are kept; None: the user's cache.
    """

    def __init__(self, folder: Path | None = None, cache: Path | None = None) -> None:
        self._temporary = folder is None
        self._folder = folder or Path(tempfile.mkdtemp(prefix="twincity-kafka-"))
        self._cache = cache
        self._process: subprocess.Popen[bytes] | None = None
        self._port, self._controller_port = _free_ports()

    @property
    def bootstrap(self) -> str:
        """The address that clients connect to."""
        return f"127.0.0.1:{self._port}"

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
        properties = self._folder / "server.properties"
        log4j = self._folder / "log4j2.properties"
        data = self._folder / "data"
        properties.write_text(
            _PROPERTIES.format(
                port=self._port, controller_port=self._controller_port, data=data
            )
        )
        log4j.write_text(_LOG4J.format())
        command = [
            str(java), *_JVM, f"-Dlog4j2.configurationFile={log4j}", "-cp", jars,
        ]  # fmt: skip
        if not (data / "meta.properties").exists():
            self._format(command, properties)
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603  our own command line
                [*dies_with_parent(), *command, "kafka.Kafka", str(properties)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                # A Ctrl-C on the terminal is for the parent, which stops the
                # services first and the broker last.
                start_new_session=True,
            )
        self._wait_for_port()

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

    def _format(self, command: list[str], properties: Path) -> None:
        cluster = urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        # With «=», since one identifier in 64 begins like an option, with «-».
        tool = ["kafka.tools.StorageTool", "format", f"--cluster-id={cluster}"]
        done = subprocess.run(  # noqa: S603
            [*command, *tool, "-c", str(properties)],
            capture_output=True,
            check=False,
            timeout=_START_S,
        )
        if done.returncode != 0:
            raise Unavailable(
                "Kafka's data folder could not be formatted 无法格式化 Kafka 数据目录："
                + (done.stderr or done.stdout).decode(errors="replace").splitlines()[-1]
            )

    def _wait_for_port(self) -> None:
        deadline = time.monotonic() + _START_S
        while time.monotonic() < deadline:
            if self._process is None or self._process.poll() is not None:
                break
            with (
                suppress(OSError),
                socket.create_connection(("127.0.0.1", self._port), timeout=1),
            ):
                return
            time.sleep(0.05)
        last = self.log.read_text(errors="replace").strip().splitlines()[-5:]
        raise Unavailable(
            f"Kafka did not start within {_START_S} s 未能启动 Kafka；{self.log}: "
            + " | ".join(last)
        )


def _free_ports() -> tuple[int, int]:
    with socket.socket() as first, socket.socket() as second:
        first.bind(("127.0.0.1", 0))
        second.bind(("127.0.0.1", 0))
        return first.getsockname()[1], second.getsockname()[1]
