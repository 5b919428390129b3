"""The navigation of every gateway's pages, in its order."""

from collections.abc import Iterator

from services.gateway.pages import kinds, links
from services.gateway.pages.frame import NavigationEntry
from twincity_schemas.words import Words

DAILY = Words("日常", "Day by day")
JOINT = Words("协同", "Together")
SYSTEM = Words("系统", "The system")


def _listed(*, newest: bool) -> Iterator[NavigationEntry]:
    """Yields the kinds with a list: those that come month by month, or the others."""
    group = DAILY if newest else JOINT
    for name, kind in kinds.KINDS.items():
        if kind.newest is newest:
            under = f"{links.ROOT}/{name}/"
            yield NavigationEntry(
                f"{links.ROOT}/{kind.plural}", kind.words, group, under
            )


SECTIONS: tuple[NavigationEntry, ...] = (
    NavigationEntry(f"{links.ROOT}/today", Words("今日", "Today"), DAILY, "-"),
    NavigationEntry(
        f"{links.ROOT}/projects",
        Words("项目", "Projects"),
        DAILY,
        f"{links.ROOT}/project/",
    ),
    NavigationEntry(
        f"{links.ROOT}/opportunities",
        Words("机会清单", "Opportunities"),
        DAILY,
        (f"{links.ROOT}/opportunity/", f"{links.ROOT}/pool/"),
    ),
    *_listed(newest=True),
    NavigationEntry(
        f"{links.ROOT}/sheets", Words("表格填报", "Spreadsheets"), DAILY, "-"
    ),
    *_listed(newest=False),
    NavigationEntry(
        f"{links.ROOT}/integrators",
        Words("集成", "Integrators"),
        SYSTEM,
        f"{links.ROOT}/say/",
    ),
    NavigationEntry(
        f"{links.ROOT}/receipts",
        Words("回执", "Receipts"),
        SYSTEM,
        f"{links.ROOT}/receipt/",
    ),
    NavigationEntry(
        f"{links.ROOT}/stream", Words("实时事件", "Live events"), SYSTEM, "-"
    ),
)
