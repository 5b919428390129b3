"""The operators' pages as one table: where a gateway has the operators' desk."""

from collections.abc import Callable
from typing import Any

from services.gateway.pages import links, loglines, operations, waiting
from services.gateway.pages.forms import Form
from services.gateway.pages.frame import NavigationEntry, Visit
from services.gateway.pages.sections import SYSTEM
from services.gateway.people import OPERATE, Right
from twincity_schemas.words import Words

Look = Callable[[Visit], Any]
Act = Callable[[Visit, Form], Any]

SECTIONS: tuple[NavigationEntry, ...] = (
    NavigationEntry(links.OPERATIONS, Words("运行", "Operation"), SYSTEM, "-"),
    NavigationEntry(
        f"{links.OPERATIONS}/waiting", Words("死信", "Dead letters"), SYSTEM,
        f"{links.OPERATIONS}/letter/",
    ),
    NavigationEntry(f"{links.OPERATIONS}/log", Words("日志", "Log"), SYSTEM, "-"),
)  # fmt: skip
"""Where the gateway has the operators' desk."""

PAGES: tuple[tuple[str, Look], ...] = (
    ("/operations", operations.running),
    ("/operations/waiting", waiting.dead_letters),
    ("/operations/letter/{origin:path}", waiting.letter),
    ("/operations/log", loglines.log_lines),
)

FORMS: tuple[tuple[str, Act, Right], ...] = (
    ("/operations/redrive", waiting.redrive, OPERATE),
    ("/operations/discard", waiting.discard, OPERATE),
    ("/operations/confirm", waiting.confirm, OPERATE),
)
