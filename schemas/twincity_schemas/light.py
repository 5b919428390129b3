"""Lights (红黄绿灯) of a project's month, by a published rule with a version.

``lights@1``: green at a lead of 0 percentage points or more, yellow down to -10,
red below that or while a member that is due is silent. Where the members differ on
the whole, the smallest of their leads counts: neither silence nor a dispute pays.
Another rule is another version, and stands beside this one.
"""

from dataclasses import dataclass
from decimal import Decimal

from twincity_schemas.words import Coded, named


@named("红黄绿灯", "Light", "项目某一时段的进度灯，按公布的规则得出。")
class Light(Coded):
    """How a project's month looks beside the time that has passed."""

    GREEN = (
        "green",
        "绿灯",
        "green",
        "进度不落后于时序。",
        "It is not behind its time.",
    )
    YELLOW = (
        "yellow",
        "黄灯",
        "yellow",
        "落后时序不超过10个百分点。",
        "It is behind by no more than 10 percentage points.",
    )
    RED = (
        "red",
        "红灯",
        "red",
        "落后时序超过10个百分点，或有应报成员未报。",
        "It is further behind, or a member that is due is silent.",
    )


@dataclass(frozen=True)
class LightRule:
    """A version of the rule.

    Attributes:
        green_from: the smallest lead that is green, in percentage points.
        yellow_from: the smallest that is yellow.
    """

    code: str
    version: int
    green_from: Decimal
    yellow_from: Decimal

    @property
    def name(self) -> str:
        """``lights@1``."""
        return f"{self.code}@{self.version}"

    def light(self, lead: Decimal | None, *, silent: bool) -> Light | None:
        """Returns the light; None where there is no lead to go by.

        Args:
            lead: over elapsed time, in percentage points.
            silent: whether a member that is due has not reported.
        """
        if silent:
            return Light.RED
        if lead is None:
            return None
        if lead >= self.green_from:
            return Light.GREEN
        return Light.YELLOW if lead >= self.yellow_from else Light.RED


LIGHTS = LightRule("lights", 1, Decimal(), Decimal(-10))
"""The rule in force."""
