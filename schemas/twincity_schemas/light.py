"""Lights (红黄绿灯) of a project's month, by a published rule with a version.

``lights@1``: green at a lead of 0 percentage points or more, yellow down to -10,
red below that or while a member that is due is silent. Where the members differ on
the whole, the smallest of their leads counts: neither silence nor a dispute pays.
A dispatch may name another rule: that is another version, and stands beside this one.
"""

from decimal import Decimal
from typing import Annotated

from pydantic import Field

from twincity_schemas.steps import ItemCode
from twincity_schemas.values import Value
from twincity_schemas.words import Coded, Words, named


@named("红黄绿灯", "Light", "项目某一时段的进度灯，按公布的规则得出。")
class Light(Coded):
    """How a project's month looks beside the time that has passed."""

    GREEN = ("green", "绿灯", "green", "达到绿灯下限。", "The lead is enough.")
    YELLOW = ("yellow", "黄灯", "yellow", "达到黄灯下限。", "It lags a little.")
    RED = ("red", "红灯", "red", "低于黄灯下限，或未报齐。", "It lags, or is silent.")


@named("亮灯规则", "Rule of the lights", "红黄绿灯的规则，以编号和版本引用。")
class LightRule(Value):
    """From which lead a project is green, and down to which it is yellow."""

    code: Annotated[
        ItemCode, Words("规则编号", "Code", "规则的编号。", "What it is called.")
    ] = "lights"
    version: Annotated[
        int,
        Field(ge=1, le=999),
        Words("版本", "Version", "从1起编。", "Counted from 1."),
    ] = 1
    green_from: Annotated[
        int,
        Field(ge=-100, le=100),
        Words(
            "绿灯下限（百分点）",
            "Green from, percentage points",
            "较时序进度不低于此值为绿灯。",
            "A lead of this or more is green.",
        ),
    ] = 0
    yellow_from: Annotated[
        int,
        Field(ge=-100, le=100),
        Words(
            "黄灯下限（百分点）",
            "Yellow from, percentage points",
            "低于绿灯而不低于此值为黄灯，再低或未报为红灯。",
            "Less than green down to this is yellow; below it, or silent, is red.",
        ),
    ] = -10

    @property
    def name(self) -> str:
        """``lights@1``."""
        return f"{self.code}@{self.version}"

    def light(self, lead: Decimal | None, *, silent: bool) -> Light | None:
        """Returns the light; None where there is no lead to go by.

        Args:
            lead: over elapsed time, in percentage points; None: there is none.
            silent: whether a member that is due has not reported.
        """
        if silent:
            return Light.RED
        if lead is None:
            return None
        if lead >= self.green_from:
            return Light.GREEN
        return Light.YELLOW if lead >= self.yellow_from else Light.RED


LIGHTS = LightRule()
"""The rule in force."""
