"""What a date of an indicator comes to beside its target: share, time and lead."""

from collections.abc import Iterator
from decimal import Decimal

from services.coordination.attainment import attained, elapsed, spent
from services.coordination.target import is_ceiling
from services.rules.rates import hundredths
from twincity_schemas.indicator import Measure
from twincity_schemas.indicator_record import JointTarget


def of_first(
    value: Decimal | None, target: JointTarget | None, first: JointTarget | None
) -> Decimal | None:
    """Returns what a value is of the first target, where that was another one."""
    if value is None or first is None or target in {None, first}:
        return None
    if target is None or first.unit != target.unit:
        return None
    share = attained(value, first.target, first.baseline, first.bound)
    return None if share is None else hundredths(share)


def shares(
    day: str, value: Decimal | None, target: JointTarget | None
) -> Iterator[tuple[str, Decimal]]:
    """Yields what is attained, what time is over, and the lead; each in per cent."""
    if target is None:
        return
    share = None
    if value is not None:
        share = attained(value, target.target, target.baseline, target.bound)
    if share is not None:
        yield "attained", hundredths(share)
    # A level, such as a growth rate, does not add up as time passes.
    if target.measure is Measure.CUMULATIVE:
        time = elapsed(day, target.begins, target.ends)
        yield "elapsed", hundredths(time)
        if share is not None:
            yield "lead", hundredths(share - time)
        used = (
            spent(value, target.target)
            if value is not None and is_ceiling(target)
            else None
        )
        if used is not None:
            yield "lead", hundredths(time - used)
