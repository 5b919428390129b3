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
from twincity_schemas.words import Coded


class Light(Coded):
    """The look of a project's month beside the time that has passed."""

    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"


class LightRule(Value):
    """From which lead a project is green, and down to which it is yellow."""

    code: ItemCode = "lights"
    version: Annotated[int, Field(ge=1, le=999)] = 1
    green_from: Annotated[int, Field(ge=-100, le=100)] = 0
    yellow_from: Annotated[int, Field(ge=-100, le=100)] = -10

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
