"""Appraisal's table: what rests on the statements about many projects."""

from services.appraisal import board, cluster, dispatch, facts
from services.runtime.projection import Projection
from services.runtime.service import Processor
from twincity_schemas.parties import Registry

SERVICE = "appraisal"
KINDS = (facts.KIND, dispatch.KIND, board.KIND, cluster.KIND)


def make_processor(_registry: Registry) -> Processor:
    """A shard's projection of dispatches, boards and clusters."""
    projection = Projection(SERVICE, KINDS)
    return Processor(projection.nodes, projection.decide, projection.flush)
