"""The record of what a project's class asks for, and what of it is open."""

from twincity_schemas.obstacle import ObstacleStage
from twincity_schemas.parts import PartRecord
from twincity_schemas.project import Phase
from twincity_schemas.treatment import TreatmentMeasure
from twincity_schemas.values import Value


class MeasureDue(Value):
    """A measure that is due, and how many parts of the project keep it open.

    Which these are follows from the parts' own records, by ``KEPT_OPEN_BY``.
    """

    measure: TreatmentMeasure
    of: ObstacleStage
    met: bool
    open: int = 0


class TreatmentRecorded(PartRecord):
    """The measures that are due for a project by its own phase."""

    rule: str
    stage: ObstacleStage
    phase: Phase
    measures: tuple[MeasureDue, ...]
