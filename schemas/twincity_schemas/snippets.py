"""The snippets of ``schemas/README.md``: the one place that they are written in.

Tests run them as they stand there; the gateway's pages show them with the addresses of
their cluster in the place of the README's.
"""

import re
from pathlib import Path
from typing import NamedTuple

README = Path(__file__).parents[1] / "README.md"
PUBLISHERS = "Publishers in ten lines"
SUBSCRIBERS = "Subscribers in ten lines"
GATEWAY = "HTTP: the answer is the receipt"

_SNIPPET = re.compile(
    r"^### (.+)\n(?:(?!```|#).*\n)*```(\w+)\n((?:(?!```).*\n)*)```", re.MULTILINE
)
_FENCED = re.compile(r"```(\w+)\n((?:(?!```).*\n)*)```")


class Snippet(NamedTuple):
    """A program of a few lines.

    Attributes:
        name: its heading; its language where it has none.
        language: as the fence names it, ``python``.
    """

    name: str
    language: str
    code: str

    def at(self, server: str, prefix: str, party: str, subject: str) -> str:
        """The same program for another cluster.

        Args:
            server: of Kafka, or the gateway's address for one that speaks HTTP.
            prefix: before the names of topics.
            party: whose inbox it writes.
            subject: that its statement is about.
        """
        code = self.code.replace("localhost:9092", server)
        code = code.replace("project/chengdu.deyang/s11", subject)
        code = code.replace("$GATEWAY", server)
        code = code.replace("${process.env.GATEWAY}", server)
        code = code.replace("twincity.inbox.chengdu", f"twincity.inbox.{party}")
        return code.replace('"twincity.', f'"{prefix}twincity.').replace(
            "-t twincity.", f"-t {prefix}twincity."
        )


def section(heading: str) -> str:
    """The text of one chapter of the README; "" outside of a checkout."""
    text = README.read_text("utf-8") if README.is_file() else ""
    _, _, rest = text.partition(f"\n## {heading}\n")
    return rest.partition("\n## ")[0]


def snippets(heading: str) -> list[Snippet]:
    """The snippets of a chapter that have headings of their own."""
    return [Snippet(*columns) for columns in _SNIPPET.findall(section(heading))]


def programs(heading: str) -> list[Snippet]:
    """The snippets of a chapter without headings."""
    blocks = _FENCED.findall(section(heading))
    return [Snippet(language, language, code) for language, code in blocks]
