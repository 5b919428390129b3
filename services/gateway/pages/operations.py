"""Operation 运行: how the system stands, as the cluster alone tells it."""

from collections.abc import Iterator
from dataclasses import dataclass

from starlette.responses import Response

from services.gateway.pages import links
from services.gateway.pages.flowing import flow_picture
from services.gateway.pages.frame import Visit, show
from services.gateway.pages.loglines import recent
from services.gateway.pages.waiting import desk_of_visit
from services.runtime.standing import Status
from twincity_schemas.words import Words

_SILENT_DAYS = 31
"""A party reports by the month."""
_BEHIND_S = 60.0


@dataclass(frozen=True)
class Alarm:
    """A condition of the alert rules that holds just now.

    Attributes:
        rule: its name in ``deploy/observability/rules.yml``.
        words: what is so.
        about: such as the shard.
        grave: whether it is critical there.
    """

    rule: str
    words: Words
    about: str
    grave: bool = False


HALTED = Words("分片停住，等运维处理", "a shard is halted and waits for an operator")
SILENT = Words(
    "分片 3 分钟没有提交或报平安",
    "no commit and no sign of life of a shard for three minutes",
)
BEHIND = Words("分片落后超过 1 分钟", "a shard is more than a minute behind")
WAITING = Words("有事项在死信后等待", "a subject waits behind a dead letter")


def alarms(status: Status) -> Iterator[Alarm]:
    """Yields which of the alert rules the cluster alone shows to hold now.

    Rules that need a process's metrics, or some time, are Prometheus' to judge.
    """
    for one in status.shards:
        about = f"{one.service}.{one.shard}"
        if one.halted:
            yield Alarm("TwinCityShardHalted", HALTED, about, grave=True)
        elif not one.alive:
            yield Alarm("TwinCityShardSilent", SILENT, about)
        if one.behind_s > _BEHIND_S:
            yield Alarm("TwinCityShardBehind", BEHIND, about)
        if one.waiting:
            yield Alarm("TwinCitySubjectsWaiting", WAITING, about)


async def running(visit: Visit) -> Response:
    """The flow as a picture, shards and parties, what rings, the last warnings."""
    desk = desk_of_visit(visit)
    glance = await desk.glance()
    warnings = await recent(visit, desk)
    status = glance.status
    return show(
        visit,
        "operations.html",
        glance=glance,
        standing=status,
        picture=flow_picture(glance, visit.tell, f"{links.OPERATIONS}/waiting"),
        alarms=sorted(alarms(status), key=lambda one: not one.grave),
        silent_days=_SILENT_DAYS,
        warnings=warnings,
        letters=sum(status.dead_letters.values()),
    )
