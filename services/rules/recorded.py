"""When a message entered its inbox: the broker's word, as data.

The publisher's ``time`` is a claim; this is the inbox record's timestamp. Within
an inbox it never runs backwards, so that the order of the inbox and the order of
time are one, on every cluster that holds the inbox and in every replay.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property

from pydantic import BaseModel

from twincity_schemas.parties import day_of
from twincity_schemas.problems import Problem, problem
from twincity_schemas.statement import Statement
from twincity_schemas.values import earlier

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_LATEST = (datetime(2200, 1, 1, tzinfo=UTC) - _EPOCH) // _MILLISECOND - 1


@dataclass(frozen=True)
class Arrival:
    """The moment when a message entered its inbox, and its record's timestamp.

    Attributes:
        milliseconds: since 1970, UTC.
        stamped: the record's timestamp, which can be any 64-bit number where the
            publisher sets it (-1: none).
    """

    milliseconds: int
    stamped: int

    @classmethod
    def after(cls, latest: int, stamped: int) -> "Arrival":
        """The next arrival in an inbox: no earlier than the latest before it."""
        usable = 0 <= stamped <= _LATEST
        return cls(max(latest, stamped) if usable else latest, stamped)

    @cached_property
    def moment(self) -> datetime:
        """The same in UTC."""
        return _EPOCH + self.milliseconds * _MILLISECOND

    def warnings(self) -> list[Problem]:
        """Say so where the record's timestamp is no time of 1970 to 2199."""
        if 0 <= self.stamped <= _LATEST:
            return []
        used = self.moment.isoformat()
        return [
            problem(
                "",
                "record_timestamp",
                f"消息的 Kafka 时间戳 {self.stamped} 无效，收件时间按 {used} 计",
                f"the record's timestamp {self.stamped} is no time; {used} is used",
            )
        ]


def ahead(data: BaseModel, arrival: Arrival) -> list[Problem]:
    """Warn of what is said of a time that had not come when it was recorded."""
    day = day_of(arrival.moment)
    dates = data.dates() if isinstance(data, Statement) else {}
    return [
        problem(
            where,
            "dated_ahead",
            f"日期 {date} 晚于收件日 {day}",
            f"{date} lies after {day}, when it was recorded",
        )
        for where, date in dates.items()
        if earlier(day, date)
    ]


def distance(claimed: datetime, arrival: Arrival, most: timedelta) -> list[Problem]:
    """Warn where a statement was said long before, or after, it arrived."""
    apart = abs(claimed - arrival.moment)
    if apart <= most:
        return []
    return [
        problem(
            "ce_time",
            "time_far_apart",
            f"填报时间与收件时间相差 {apart.days} 天（提醒界限 {most.days} 天）",
            f"was said {apart.days} days away from when it arrived, beyond the"
            f" {most.days} days after which this warns",
        )
    ]
