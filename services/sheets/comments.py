"""What people have noted beside the cells of a workbook (批注)."""

import re
import zipfile
from collections.abc import Iterator

from services.sheets.elements import Attributes, read_elements, related
from services.sheets.grid import Place, Sheet, place_of
from twincity_schemas.problems import Problem, problem

_FOREWORD = re.compile(r"\[[^\]]*\]\n.*?[:：]\n\s*", re.DOTALL)
"""Excel's, to readers that know no threads: ``[Threaded comment]`` and so on."""


def comments_of(packed: zipfile.ZipFile, part: str) -> dict[Place, str]:
    """Returns the comment beside each cell that has one.

    Args:
        packed: the workbook.
        part: of a sheet.

    Raises:
        ValueError: it is no XML that can be read.
    """
    texts: dict[Place, str] = {}
    place: Place | None = None
    is_text = False

    def begun(tag: str, attributes: Attributes) -> None:
        nonlocal place, is_text
        is_text = tag == "t"
        if tag == "comment":
            place = place_of(attributes["ref"])
            texts[place] = ""

    def written(text: str) -> None:
        if place is not None and is_text:
            texts[place] += text

    def ended(tag: str) -> None:
        nonlocal is_text
        is_text = is_text and tag != "t"

    for kind, name in related(packed, part).values():
        if kind == "comments" and name:
            read_elements(packed, name, begun, written, ended)
    return {place: _FOREWORD.sub("", text, 1).strip() for place, text in texts.items()}


def unread_comments(sheet: Sheet, row: int) -> Iterator[Problem]:
    """Yields a remark on each comment of a row: it is nobody's statement."""
    for (index, column), text in sheet.comments.items():
        if index == row:
            short = " ".join(text.split())[:80]
            yield problem(
                sheet.address(row, column),
                "comment",
                f"批注“{short}”未读入：应填报的请写入单元格",
                f"the comment “{short}” is not read: what is to be said needs a cell",
            )
