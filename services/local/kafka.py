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
from typing import BinaryIO, Self

from services.local.certificates import Authority
from services.local.jars import class_path
from services.local.java import environment, find_java
from services.runtime.errors import Unavailable, WrongSetting
from services.runtime.process import dies_with_parent, own

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

_DATA, _JARS = "data", "jars"
_LOG4J_FILE, _PROPERTIES_FILE = "log4j2.properties", "server.properties"
"""Relative, and the node runs in their folder: Java reads a properties file as
Latin-1 and splits its class path at colons, Kafka splits a path at its commas, so
no user's path may stand in one."""

_PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller_port}
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

_PLAIN = """\
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
"""

_BROKER, ADMINISTRATOR = "twincity.broker", "twincity.administrator"
_CERTIFICATES = "certificates"

_SCRAM = "org.apache.kafka.common.security.scram.ScramLoginModule required;"

_SECURED = f"""\
listeners=SASL_SSL://127.0.0.1:{{port}},SSL://127.0.0.1:{{certified_port}},\
CONTROLLER://127.0.0.1:{{controller_port}}
advertised.listeners=SASL_SSL://127.0.0.1:{{port}},SSL://127.0.0.1:{{certified_port}}
listener.security.protocol.map=SASL_SSL:SASL_SSL,SSL:SSL,CONTROLLER:SSL
inter.broker.listener.name=SSL
ssl.keystore.type=PEM
ssl.keystore.location={_CERTIFICATES}/{_BROKER}.pem
ssl.truststore.type=PEM
ssl.truststore.location={_CERTIFICATES}/ca.pem
listener.name.ssl.ssl.client.auth=required
listener.name.controller.ssl.client.auth=required
# The CN alone, where it is the first of the name: nobody hides one further on.
ssl.principal.mapping.rules=RULE:^CN=([A-Za-z0-9._-]+)(,.*)?$/$1/,DEFAULT
sasl.enabled.mechanisms=SCRAM-SHA-256,SCRAM-SHA-512
listener.name.sasl_ssl.scram-sha-256.sasl.jaas.config={_SCRAM}
listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config={_SCRAM}
# As long as this a broker sleeps over a TLS connection to itself that it has just
# opened, before it answers the next transactional producer: 30 s by default.
request.timeout.ms=2000
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
allow.everyone.if.no.acl.found=false
super.users=User:{_BROKER};User:{ADMINISTRATOR}
"""
"""Passwords on one listener, certificates on another; the broker and its administrator
prove themselves by certificates, so that no password has to be there first."""

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
        port: where clients connect; 0: any that is free.
        secured: take nobody without a password or a certificate, encrypt, and let
            each do only what it has a right to.
    """

    def __init__(
        self,
        folder: Path | None = None,
        cache: Path | None = None,
        port: int = 0,
        *,
        secured: bool = False,
    ) -> None:
        self._temporary = folder is None
        self._folder = (
            folder or Path(tempfile.mkdtemp(prefix="twincity-kafka-"))
        ).absolute()
        self._cache = cache
        self._process: subprocess.Popen[bytes] | None = None
        self._owned: BinaryIO | None = None
        self._log_begins = 0
        self._secured = secured
        self._port, self._controller_port, self._certified_port = _free_ports(port)

    @property
    def bootstrap(self) -> str:
        """The address that clients connect to."""
        return f"127.0.0.1:{self._port}"

    @property
    def certified_bootstrap(self) -> str:
        """The address for who comes with a certificate, where it is secured."""
        return f"127.0.0.1:{self._certified_port}"

    @property
    def authority(self) -> Authority | None:
        """Returns who signs its certificates; None: it is open to everybody."""
        return Authority(self._folder / _CERTIFICATES) if self._secured else None

    @property
    def pid(self) -> int | None:
        """The node's process; None while there is none."""
        return self._process.pid if self._process else None

    @property
    def log(self) -> Path:
        """Returns what the node writes."""
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
            TwinCityError: no Java, a jar that is not the pinned one, or a folder
                that another node works in.
            Unavailable: a jar cannot be fetched, or the node does not come up.
        """
        self.launch()
        deadline = time.monotonic() + _START_S
        while not self.ready():
            if time.monotonic() > deadline:
                raise self._failure(f"Kafka is not up in {_START_S} s 未能按时启动")
            time.sleep(0.05)

    def launch(self) -> None:
        """Start the node without waiting until it is ready.

        Raises:
            TwinCityError: see :meth:`start`.
        """
        if self._owned is None:
            self._owned = own(self._folder)
        java, jars = find_java(), class_path(self._cache)
        link = self._folder / _JARS
        link.unlink(missing_ok=True)
        link.symlink_to(jars[0].parent)
        (self._folder / _LOG4J_FILE).write_text(_LOG4J)
        (self._folder / _PROPERTIES_FILE).write_text(self._properties())
        with self.log.open("ab") as log:
            self._log_begins = log.tell()
        command = [
            *dies_with_parent(), str(java), *_JVM,
            f"-Dlog4j2.configurationFile={_LOG4J_FILE}",
            "-cp", os.pathsep.join(f"{_JARS}/{jar.name}" for jar in jars),
        ]  # fmt: skip
        if not (self._folder / _DATA / "meta.properties").exists():
            self._format(command)
        self._process = self._run([*command, "kafka.Kafka", _PROPERTIES_FILE])

    def ready(self) -> bool:
        """Returns whether it takes records: its port opens last.

        Raises:
            Unavailable: it has ended; the sentence says what its log says.
        """
        if not self.alive:
            raise self._failure("Kafka ended while starting 启动中退出")
        with (
            suppress(OSError),
            socket.create_connection(("127.0.0.1", self._port), timeout=1),
        ):
            return True
        return False

    @property
    def alive(self) -> bool:
        """Returns whether the node's process runs."""
        return self._process is not None and self._process.poll() is None

    def stop(self) -> None:
        """End it cleanly (after a SIGKILL the next start takes long)."""
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(_STOP_S)
            except subprocess.TimeoutExpired:
                self.kill()
            self._process = None
        if self._owned is not None:
            self._owned.close()
            self._owned = None
        if self._temporary:
            shutil.rmtree(self._folder, ignore_errors=True)

    def kill(self) -> None:
        """End it as a power cut would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def _properties(self) -> str:
        if (authority := self.authority) is not None:
            for name, hosts in ((_BROKER, ("127.0.0.1",)), (ADMINISTRATOR, ())):
                if not authority.of(name).exists():
                    authority.issue(name, hosts)
        return (_PROPERTIES + (_SECURED if self._secured else _PLAIN)).format(
            port=self._port,
            certified_port=self._certified_port,
            controller_port=self._controller_port,
        )

    def _run(self, command: list[str]) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as log:
            return subprocess.Popen(  # noqa: S603  our own command line
                command,
                cwd=self._folder,
                env=environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                # The folder stays its own where only its parent was killed.
                pass_fds=[self._owned.fileno()] if self._owned else [],
                # A Ctrl-C on the terminal is for the parent, which stops the
                # services first and the broker last.
                start_new_session=True,
            )

    def _format(self, command: list[str]) -> None:
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
                "Kafka's data folder could not be formatted 无法格式化 Kafka 数据目录"
            )

    def _failure(self, sentence: str) -> Unavailable:
        """The sentence with what the log says, which is kept for the reader."""
        self._temporary = False
        with self.log.open("rb") as log:
            log.seek(self._log_begins)
            lines = log.read().decode(errors="replace").splitlines()
        last = [line for line in lines if line and not line[0].isspace()][-5:]
        return Unavailable(f"{sentence}；{self.log}: " + " | ".join(last))


def _free_ports(wanted: int) -> tuple[int, int, int]:
    """One for clients, one for the controller, one for who has a certificate.

    Raises:
        WrongSetting: the wanted one is taken, or nobody may listen there.
    """
    with socket.socket() as first, socket.socket() as second, socket.socket() as third:
        # As the node itself: a port whose last connections still linger is free.
        first.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            first.bind(("127.0.0.1", wanted))
        except OSError as error:
            raise WrongSetting(
                f"port {wanted} cannot be used 端口无法使用: {error.strerror}"
            ) from None
        second.bind(("127.0.0.1", 0))
        third.bind(("127.0.0.1", 0))
        ports = [one.getsockname()[1] for one in (first, second, third)]
        return ports[0], ports[1], ports[2]
