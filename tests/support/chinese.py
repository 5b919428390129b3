"""The Chinese front door: the same commands, tables and headings as the English one.

``python -m tests.support.chinese`` copies code and generated tables into the Chinese
pages; words are a translator's. It writes nothing where a block is missing.
"""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = ("README.md", "schemas/README.md", "deploy/README.md")

_COPIED = re.compile(
    r"```[\s\S]*?\n```\n"
    r"|<!-- (\w+) -->[\s\S]*?<!-- /\1 -->\n"
    r"|<!-- ([a-z ]+): generated -->[\s\S]*?<!-- \2: end -->\n"
)


def chinese(page: str) -> Path:
    """The path of a page in Chinese."""
    return ROOT / page.replace(".md", ".zh.md")


def copied(text: str) -> list[str]:
    """The blocks of a page that are the same in both languages."""
    return [found[0] for found in _COPIED.finditer(text)]


def words(text: str) -> str:
    """A page without them."""
    return _COPIED.sub("", text)


def headings(text: str) -> list[str]:
    """The levels of the headings, such as ``##``."""
    return re.findall(r"^(#+) ", words(text), re.MULTILINE)


def rows(text: str) -> list[tuple[int, list[str]]]:
    """Of each row of the tables: how many cells it has, and what is code in it."""
    found = []
    for line in words(text).splitlines():
        if line.startswith("|"):
            plain = re.sub(r"`[^`]*`", lambda code: code[0].replace("|", "¦"), line)
            found.append((plain.count("|") - 1, sorted(re.findall(r"`([^`]+)`", line))))
    return found


def main() -> None:
    """Copy what is the same; a line ``…`` in a Chinese page stands for a new block."""
    for page in PAGES:
        path = chinese(page)
        blocks = iter(copied((ROOT / page).read_text("utf-8")))
        text = re.sub(
            f"{_COPIED.pattern}|^…\n",
            lambda _: next(blocks, ""),  # noqa: B023  used at once
            path.read_text("utf-8"),
            flags=re.MULTILINE,
        )
        if next(blocks, None) is not None:
            raise SystemExit(f"{path}: put … where a block is missing, and run again")
        path.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
