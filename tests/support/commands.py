"""The command line in this process: what it prints, and its status."""

import sys
from dataclasses import dataclass
from typing import Any

import pytest
from typer.main import get_command

from services.cli import add_commands, app, main, terminal

ARGUMENTS: dict[str, tuple[str, ...]] = {
    "run": ("admission",),
    "say": ("schemas/examples/project.described/s11-by-chengdu.json",),
    "import": ("tests/cases/sheets/messy.xlsx", "--party", "chengdu"),
    "template": ("project.described",),
    "backup": ("inboxes.gz",),
    "restore": ("inboxes.gz",),
    "export": ("project.described",),
    "trace": ("project/chengdu.deyang/s11",),
    "due": ("--as-of", "2027"),
    "contract show": ("project.described",),
    "contract check": ("schemas/examples/project.described/s11-by-chengdu.json",),
    "contract changes": ("schemas/releases/0.1.0.json",),
    "deadletters redrive": ("--why", "mended", "--by", "someone"),
    "people add": ("王芳",),
    "people remove": ("王芳",),
    "deadletters confirm": ("a/0/1", "--why", "x", "--by", "y"),
    "deadletters discard": ("--service", "admission", "--why", "x", "--by", "y"),
    "access certify": ("twincity.admission", "--folder", "/nowhere/authority"),
    "access rotate": ("chengdu", "--secrets", "secrets"),
    "parties add": (
        *("leshan", "--zh", "乐山市", "--en", "Leshan"),
        *("--region", "511100", "--cluster", "chengdu"),
    ),
    "parties suspend": ("chengdu",),
    "gateway key": ("/nowhere/key.pem",),
    "gateway token": ("key.pem", "--party", "chengdu"),
    "match explain": ("opportunity/chengdu/2022-1-1", "opportunity/deyang/2022-1-2"),
    "match why-not": ("opportunity/chengdu/2022-1-1", "opportunity/deyang/2022-1-2"),
    "match candidates": ("opportunity/chengdu/2022-1-1",),
    "match pool": ("2022-1",),
    "dispatch show": ("dispatch/chengdu.deyang/2024-08",),
    "dispatch verify": ("dispatch/chengdu.deyang/2024-08",),
    "board show": ("board/chengdu/2024-q3",),
    "board verify": ("board/chengdu/2024-q3",),
}
"""What a command needs to be told, where it needs anything."""


@dataclass(frozen=True)
class Ran:
    """What a command came to."""

    status: int
    out: str
    err: str


def leaves() -> list[tuple[str, Any]]:
    """Every command there is, with its name, such as ``topics check``."""

    def below(command: Any, path: str) -> list[tuple[str, Any]]:
        parts: dict[str, Any] = getattr(command, "commands", {})
        found = [
            one for name, part in parts.items() for one in below(part, f"{path} {name}")
        ]
        return found or [(path.strip(), command)]

    add_commands()
    return below(get_command(app), "")


def commands() -> list[str]:
    """Every command's name."""
    return [name for name, _ in leaves()]


def twincity(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    *arguments: str,
) -> Ran:
    """Run a command as the shell would."""
    monkeypatch.setattr(sys, "argv", ["twincity", *arguments])
    monkeypatch.setattr(terminal, "_incomplete", [])
    with pytest.raises(SystemExit) as leaving:
        main()
    printed = capsys.readouterr()
    return Ran(int(leaving.value.code or 0), printed.out, printed.err)
