"""The official SDKs of CloudEvents speak to the gateway: JavaScript, Go, Java.

Each says every example in the binary and in the structured mode; what lies in the
inboxes is what was said.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from services.local.jars import class_path
from tests.foreign.conftest import HERE, Node
from tests.support.examples import EXAMPLES, read
from tests.support.gateway import Fake, cloudevent, serving
from tests.support.maven import cloudevents
from twincity_schemas.message import Event, parse
from twincity_schemas.parties import Registry

REGISTRY = Registry.load(Path("deploy/parties.toml"))
SAID = [
    event
    for event in map(read, sorted(EXAMPLES.glob("*/*.json")))
    if event.type.is_statement
]
EVENTS = [
    # Whoever names no type of its data in the binary mode sends none: 415.
    cloudevent(event.envelope, json.loads(event.value))
    | {"datacontenttype": "application/json"}
    for event in SAID
]
Speak = Callable[[str], list[str]]


def spoken(speak: Speak) -> None:
    """Have an SDK say everything, and hold what arrived against it."""
    with serving(lambda: Fake(REGISTRY, REGISTRY.codes)) as (address, fake):
        answers = speak(address)
    assert answers == ["200 accepted"] * (2 * len(SAID))
    inboxes = {party: iter(messages) for party, messages in fake.inboxes.items()}
    for event in SAID:
        for _mode in ("binary", "structured"):
            message = next(inboxes[event.envelope.party])
            found: Event[Any] = parse(message.headers, message.value, gate=True)
            assert found.envelope.id == event.envelope.id
            assert found.envelope.source == event.envelope.source
            assert json.loads(found.value) == json.loads(event.value)


def test_javascript(node: Node) -> None:
    def speak(address: str) -> list[str]:
        answers = node("gateway.mjs", address, given=EVENTS)
        assert [a["mode"] for a in answers[:2]] == ["binary", "structured"]
        return [f"{a['status']} {a['body'].get('verdict')}" for a in answers]

    spoken(speak)


def test_go(tmp_path: Path) -> None:
    if not shutil.which("go"):
        pytest.skip("there is no Go toolchain here")
    shutil.copytree(HERE / "gosdk", tmp_path, dirs_exist_ok=True)
    ran(["go", "build", "-o", "speak", "."], tmp_path)
    spoken(lambda address: ran(["./speak", address], tmp_path, lines()))


def test_java(tmp_path: Path) -> None:
    if not shutil.which("javac"):
        pytest.skip("there is no Java compiler here")
    jars = os.pathsep.join(map(str, [*cloudevents(), *class_path()]))
    command = ["java", "-cp", jars, str(HERE / "Speak.java")]
    spoken(lambda address: ran([*command, address], tmp_path, lines()))


def lines() -> str:
    return "".join(json.dumps(event) + "\n" for event in EVENTS)


def ran(command: list[str], folder: Path, given: str = "") -> list[str]:
    done = subprocess.run(
        command, cwd=folder, input=given, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout.splitlines()
