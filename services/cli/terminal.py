"""What reaches the terminal, or whatever reads our output in its place.

Texts come from parties and from whoever writes to a topic. None of them may
steer the terminal, pass for a line of ours, or fail to be written.
"""

import json
import sys
import unicodedata
from collections.abc import Collection, Mapping
from io import TextIOWrapper
from typing import Annotated, Any

import typer
from rich.console import Console, JustifyMethod
from rich.table import Table
from rich.text import Text
from typing_extensions import override

from services.runtime.logs import readable

_STEERING = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Unicode's categories of what is not seen but acts: control characters (escape
sequences), directions and joiners, lone surrogates, line and paragraph ends."""


def visible(text: str, allowed: str = "") -> str:
    r"""Write what steers a terminal as ``\u001b``, which JSON reads back.

    Args:
        text: any text.
        allowed: control characters that may stay, such as ``\n``.
    """
    if text.isprintable():  # nearly always, and quick
        return text
    return "".join(
        _escaped(c) if unicodedata.category(c) in _STEERING and c not in allowed else c
        for c in text
    )


def _escaped(character: str) -> str:
    units = character.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))


def line_of(text: object) -> str:
    """One line, however many a text has."""
    return visible(" ".join(str(text).split("\n")))


class _Terminal(Console):
    """A console that no printed text can steer."""

    @override
    def render_str(self, text: str, **how: Any) -> Text:
        return super().render_str(visible(text, "\n\t"), **how)


out = _Terminal(highlight=False, soft_wrap=True)
"""Of every command."""

Json = Annotated[
    bool, typer.Option("--json", help="One JSON document a line 每行一个 JSON")
]
"""The option of every command that lists something."""


def print_json(document: Any) -> None:
    """Print one line of JSON, Chinese as it is written."""
    text = json.dumps(document, ensure_ascii=False, default=str)
    sys.stdout.write(visible(text) + "\n")
    sys.stdout.flush()


def write_anything() -> None:
    r"""Let what a terminal's encoding lacks be written as ``\u30f6``, not raised."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def warn(sentence: str) -> None:
    """Say something on standard error that does not end the command."""
    sys.stderr.write(f"twincity: {line_of(sentence)}\n")


def misused(error: Any) -> str:
    """Returns what is wrong with an option or argument, in both languages.

    Args:
        error: typer's; its kinds are none of typer's public names.
    """
    of = getattr(error, "param", None)
    name = getattr(error, "option_name", None) or (of.opts[0] if of else "")
    zh = {
        "NoSuchOption": f"没有选项 {name}",
        "BadOptionUsage": f"选项 {name} 缺值",
        "MissingParameter": f"缺少参数 {name}",
        "BadParameter": f"{name} 的值有误",
    }.get(type(error).__name__, "命令或参数有误")
    return f"{error.format_message().rstrip('.')} {zh}"


def table_of(*headings: str, figures: Collection[int] = ()) -> Table:
    """Returns a quiet table whose cells fold where the terminal is narrow.

    Args:
        headings: of the columns.
        figures: which columns hold figures, which are read from the right.
    """
    made = Table(box=None, pad_edge=False)
    for place, heading in enumerate(headings):
        justify: JustifyMethod = "right" if place in figures else "left"
        made.add_column(heading, overflow="fold", justify=justify)
    return made


INCOMPLETE = 3
"""The status of a command whose answer lacks something that is not its fault."""

_incomplete: list[str] = []


def incomplete(sentence: str) -> None:
    """Say what an answer lacks; the command goes on and ends with ``INCOMPLETE``."""
    _incomplete.append(sentence)
    warn(sentence)


def exit_status() -> int:
    """Returns what a command that went well ends with."""
    return INCOMPLETE if _incomplete else 0


def print_line(fields: Mapping[str, Any], *, as_json: bool) -> None:
    """Print one line of the log."""
    if as_json:
        print_json(fields)
    else:
        text = readable(fields, colours=False)
        sys.stdout.write(visible(text, "\n") + "\n")
        sys.stdout.flush()
