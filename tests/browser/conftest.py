"""A real Chromium, and a reader who has no network and notes every trouble."""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Page,
    expect,
    sync_playwright,
)

from tests.support.chromium import chromium
from twincity_schemas.contract import Document, contract
from twincity_schemas.page import page

expect.set_options(timeout=15_000)  # two busy processors may need more than 5 s

EXAMPLES = Path(__file__).parents[2] / "schemas" / "examples"

Open = Callable[..., Page]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    # A module's, not the session's: while Playwright's loop runs in this thread,
    # the asynchronous tests of other folders could not run theirs.
    found = chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=found.executable,
            env=dict(os.environ) | found.environment,
        )
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def document() -> Document:
    return contract()


@pytest.fixture(scope="module")
def examples() -> dict[str, dict[str, Any]]:
    return {
        folder.name: {
            file.stem: json.loads(file.read_text("utf-8"))
            for file in sorted(folder.glob("*.json"))
        }
        for folder in sorted(EXAMPLES.iterdir())
    }


@pytest.fixture(scope="module")
def catalogue(
    document: Document,
    examples: dict[str, dict[str, Any]],
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """The page as a file on disk, where an integrator has it."""
    file = tmp_path_factory.mktemp("page") / "catalogue.html"
    file.write_text(page(document, examples), "utf-8")
    return file


@pytest.fixture
def trouble() -> list[str]:
    """What must not happen while a page is read; a test that means it clears it."""
    return []


@pytest.fixture
def open_page(browser: Browser, trouble: list[str]) -> Iterator[Open]:
    """Open a file as a reader of a language, on a screen of a width."""
    contexts: list[BrowserContext] = []

    def open_(
        file: Path, place: str = "", *, locale: str = "zh-CN", **more: Any
    ) -> Page:
        more = {"viewport": {"width": 1400, "height": 900}, **more}
        context = browser.new_context(locale=locale, offline=True, **more)
        contexts.append(context)
        opened = context.new_page()
        opened.set_default_timeout(10_000)  # it is all on this machine
        opened.on("pageerror", lambda error: trouble.append(str(error)))
        opened.on("console", lambda said: trouble.append(said.text))
        opened.on(
            "request",
            lambda asked: (
                None
                if asked.url.startswith(("file:", "data:"))
                else trouble.append(asked.url)
            ),
        )
        opened.goto(file.as_uri() + place)
        return opened

    yield open_
    for context in contexts:
        context.close()
    assert trouble == []
