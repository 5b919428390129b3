"""Where a log is read on that does not hold what comes next: nowhere, unless told."""

from collections.abc import Iterable

import structlog
from aiokafka import TopicPartition

from services.runtime.errors import RecordsMissing

log = structlog.get_logger()


def resumed(
    place: TopicPartition, position: int, held: range, accepted: Iterable[str]
) -> int:
    """Returns where to read on.

    Args:
        place: of the log.
        position: what comes next.
        held: the offsets that the log holds.
        accepted: ``TWINCITY_ACCEPT_GAPS``: the positions that may be jumped from.

    Raises:
        RecordsMissing: the log does not hold it (cut by retention, or made anew), and
            nobody has accepted that.
    """
    if held.start <= position <= held.stop:
        return position
    gap = f"{place.topic}/{place.partition}@{position}"
    if gap in accepted:
        log.warning("gap.accepted", gap=gap, resumed_at=held.start)
        return held.start
    raise RecordsMissing(
        f"{gap} is not in the log, which holds {held.start} to {held.stop}: what was "
        f"said there was not taken in, or the topic is another one. To go on at "
        f"{held.start}, set TWINCITY_ACCEPT_GAPS={gap} and restart "
        f"日志不含该位置，其间的填报缺失或主题已重建；确认后设置上述变量并重启"
    )
