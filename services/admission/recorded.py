"""When a message entered its inbox: the broker's word, as data.

The publisher's ``time`` is a claim; this is the inbox record's timestamp. Within
an inbox it never runs backwards, so that the order of the inbox and the order of
time are one, on every cluster that holds the inbox and in every replay.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

from pydantic import BaseModel

from twincity_schemas.problems import Problem, problem
from twincity_schemas.progress import ProgressReported
from twincity_schemas.values import earlier

_BEIJING = timezone(timedelta(hours=8))
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_LATEST = (datetime(2200, 1, 1, tzinfo=UTC) - _EPOCH) // _MILLISECOND - 1


@dataclass(frozen=True)
class Arrival:
    """When a message entered its inbox, and what its record said of it.

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

    @property
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
    """Warn of figures of a time that had not come when they were recorded."""
    day = arrival.moment.astimezone(_BEIJING).date().isoformat()
    found = []
    as_of = getattr(data, "as_of", None)
    if as_of is not None and earlier(day, as_of):
        found.append(
            problem(
                "/as_of",
                "dated_ahead",
                f"日期 {as_of} 晚于收件日 {day}",
                f"{as_of} lies after {day}, when it was recorded",
            )
        )
    if isinstance(data, ProgressReported):
        month = f"{data.year:04}-{data.through_month:02}"
        if earlier(day, month):
            found.append(
                problem(
                    "/through_month",
                    "period_ahead",
                    f"{month} 在收件日 {day} 尚未开始",
                    f"{month} had not begun on {day}, when it was recorded",
                )
            )
    return found


def distance(said: datetime, arrival: Arrival, most: timedelta) -> list[Problem]:
    """Warn where a statement was said long before, or after, it arrived."""
    apart = abs(said - arrival.moment)
    if apart <= most:
        return []
    return [
        problem(
            "ce_time",
            "time_far_apart",
            f"陈述时间与收件时间相差 {apart.days} 天（提醒界限 {most.days} 天）",
            f"was said {apart.days} days away from when it arrived, beyond the"
            f" {most.days} days after which this warns",
        )
    ]
