"""``twincity up`` on machines as they are, and on a machine where something dies."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

Start = Callable[..., "Up"]


def own() -> dict[str, str]:
    """The environment without the tests' broker: which it is, and who comes to it."""
    broker = "TWINCITY_KAFKA"
    return {k: v for k, v in os.environ.items() if not k.startswith(broker)}


class Up:
    """A ``twincity up`` in a folder, with what it prints."""

    def __init__(self, folder: Path, *arguments: str, **environment: str) -> None:
        self.folder = folder
        self._files = [folder / f"{os.urandom(4).hex()}.{n}" for n in ("out", "err")]
        with self._files[0].open("wb") as out, self._files[1].open("wb") as err:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "services.cli", "up", *arguments],
                cwd=folder,
                env={**own(), "PYTHONPATH": str(Path.cwd()), **environment},
                stdout=out,
                stderr=err,
            )

    @property
    def out(self) -> str:
        return self._files[0].read_text("utf-8")

    @property
    def err(self) -> str:
        return self._files[1].read_text("utf-8")

    def until(self, happened: Callable[[], object], seconds: float = 90) -> None:
        deadline = time.monotonic() + seconds
        while not happened():
            assert self.process.poll() is None, self.err
            assert time.monotonic() < deadline, self.err
            time.sleep(0.1)

    @property
    def kafka(self) -> str:
        self.until(lambda: "Kafka   " in self.out)
        found = re.search(r"Kafka +(127\.0\.0\.1:[0-9]+)", self.out)
        assert found
        return found[1]

    def node(self) -> int:
        """The process of its Kafka."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        for child in children.read_text("utf-8").split():
            if b"kafka.Kafka" in Path(f"/proc/{child}/cmdline").read_bytes():
                return int(child)
        raise AssertionError("it has no Kafka")

    def check(self) -> int:
        """Whether its Kafka has the catalogue's topics: a status."""
        return subprocess.run(
            [sys.executable, "-m", "services.cli", "topics", "check"],
            env={**own(), "TWINCITY_KAFKA": self.kafka},
            capture_output=True,
            check=False,
        ).returncode

    def end(self) -> int:
        self.process.terminate()
        return self.process.wait(60)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    running: list[Up] = []

    def begin(*arguments: str, **environment: str) -> Up:
        folder = tmp_path / "数 据:一"
        folder.mkdir(exist_ok=True)
        running.append(Up(folder, *arguments, **environment))
        return running[-1]

    yield begin
    for up in running:
        if up.process.poll() is None:
            up.end()


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
@pytest.mark.timeout(240)
def test_one_folder_has_one_owner_and_a_broker_that_dies_is_started_again(
    start: Start, tmp_path: Path
) -> None:
    """On a machine with options for another Java and a ``setpriv`` of busybox."""
    setpriv = tmp_path / "bin" / "setpriv"
    setpriv.parent.mkdir()
    setpriv.write_text("#!/bin/sh\necho 'unrecognized option' >&2\nexit 1\n")
    setpriv.chmod(0o755)
    first = start(
        JAVA_TOOL_OPTIONS="-XX:+UseG1GC",
        PATH=f"{setpriv.parent}{os.pathsep}{os.environ['PATH']}",
    )
    assert first.check() == 0
    first.until(lambda: first.err.count("shard.started") == 5)
    assert not [
        line for line in first.err.splitlines() if '"level": "info"' not in line
    ]

    second = start()
    assert second.process.wait(60) == 1
    assert second.err.count("\n") == 1
    assert f"in use by process {first.process.pid}" in second.err
    assert first.check() == 0

    os.kill(first.node(), signal.SIGKILL)
    first.until(lambda: "broker.died" in first.err, 10)
    first.until(lambda: "broker.restarted" in first.err)
    assert first.check() == 0
    assert first.end() == 0


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
@pytest.mark.timeout(120)
def test_a_broker_that_cannot_come_back_ends_it_with_a_sentence(start: Start) -> None:
    up = start()
    assert up.kafka
    data = up.folder / ".twincity" / "kafka" / "data"
    (data / "meta.properties").write_text("version=nonsense\n", "utf-8")
    os.kill(up.node(), signal.SIGKILL)
    assert up.process.wait(60) == 1
    assert "Kafka ended while starting 启动中退出" in up.err.splitlines()[-1]
    assert "Traceback" not in up.err


def test_a_port_that_is_taken_or_senseless(start: Start) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        up = start("--port", port)
        assert up.process.wait(60) == 2
        assert f"port {port} cannot be used 端口无法使用" in up.err
        assert up.err.count("\n") == 1
    up = start("--port", port, TWINCITY_KAFKA="127.0.0.1:1")
    assert up.process.wait(60) == 2
    assert "--port" in up.err
