"""What a subject is called by its record: in both languages, where it has both."""

from calendar import month_name

from pydantic import BaseModel

from twincity_schemas.board_record import BoardRecorded
from twincity_schemas.dispatch_record import DispatchRecorded
from twincity_schemas.parts import PartRecord
from twincity_schemas.plan_record import PlanRecorded
from twincity_schemas.project_record import ProjectRecorded
from twincity_schemas.words import Words

_BOARD = Words("红黑榜", "red and black board")


def title_of(data: BaseModel) -> Words | None:
    """Returns what a header calls its subject; None where it calls it nothing."""
    match data:
        case ProjectRecorded(name=title):
            name = data.fields.get("name_en")
            return Words(title, str((name and name.value) or title))
        case DispatchRecorded() | BoardRecorded() as of:
            words = of.kind.words if isinstance(of, DispatchRecorded) else _BOARD
            zh = f"{of.year} 年{words.zh}（1—{of.through_month} 月）"
            months = f"January–{month_name[of.through_month]}"
            return Words(zh, f"{words.en.capitalize()}, {months} {of.year}")
        case PlanRecorded(enterprise=enterprise):
            return Words(enterprise.name, enterprise.name) if enterprise else None
        case PartRecord():
            return None
        case _:
            named = getattr(data, "title", None) or getattr(data, "name", None)
            return Words(named, named) if isinstance(named, str) else None
