"""Coordination's table: the kinds of subjects that several parties speak about."""

from services.coordination import (
    chain,
    challenge,
    indicator,
    plan,
    policy,
    project,
    sharing,
    worklist,
)
from services.runtime.projection import Projection
from services.runtime.service import Processor
from twincity_schemas.parties import Registry

SERVICE = "coordination"
KINDS = (
    project.KIND,
    policy.KIND,
    plan.KIND,
    chain.KIND,
    challenge.KIND,
    indicator.KIND,
    sharing.KIND,
    worklist.KIND,
)


def make_processor(_registry: Registry) -> Processor:
    """A shard's projection of its subjects."""
    projection = Projection(SERVICE, KINDS)
    return Processor(projection.nodes, projection.decide, projection.flush)
