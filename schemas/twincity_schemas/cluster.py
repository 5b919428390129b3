"""Project clusters and areas (项目集群、片区), up which progress rolls.

841 clusters in 9 pilot districts (试点区（市）县), 20 key areas (重点推进片区) and
4 upgrading areas (重点提升片区): 成都日报, 2022-08.
"""

from typing import Annotated

from pydantic import Field

from twincity_schemas.references import ClusterId, NotItself, ProjectId
from twincity_schemas.statement import Statement
from twincity_schemas.values import (
    AsOf,
    Line,
    RegionCode,
)
from twincity_schemas.words import Coded


class Level(Coded):
    """The level of a cluster, or of an area of clusters."""

    CLUSTER = "cluster"
    PILOT_DISTRICT = "pilot-district"
    KEY_AREA = "key-area"
    UPGRADING_AREA = "upgrading-area"

    def is_above(self, other: "Level") -> bool:
        """Returns whether it may hold the other: a district an area, each a cluster."""
        return _HEIGHT[self] > _HEIGHT[other]


_HEIGHT = {
    Level.CLUSTER: 0,
    Level.KEY_AREA: 1,
    Level.UPGRADING_AREA: 1,
    Level.PILOT_DISTRICT: 2,
}


class ClusterDescribed(Statement):
    """A party says what belongs to a cluster or an area."""

    name: Line
    level: Level
    region: RegionCode | None = None
    projects: Annotated[tuple[ProjectId, ...], Field(max_length=1000)] = ()
    parts: Annotated[
        tuple[Annotated[ClusterId, NotItself()], ...], Field(max_length=1000)
    ] = ()
    as_of: AsOf
