"""Measures by class of project (分类施策), by a published rule with a version.

The class follows from the project's own phase and its place in the year's list, never
from a label: 未开工、在建、拟竣工投产. ``treatment@1`` says which measures are due in
which class; those of a class before that are still open are due, too.
Source of the classes: 成都日报, 2022-08. The kinds of obstacles and factors are those
of ``obstacle.py`` and ``factor.py``; which belongs to which class is our judgement.
"""

from collections.abc import Mapping

from twincity_schemas.factor import FactorKind
from twincity_schemas.obstacle import ObstacleKind, ObstacleStage
from twincity_schemas.task_record import TaskState
from twincity_schemas.words import Coded


class TreatmentMeasure(Coded):
    """A thing to be seen to so that a project of a class gets on."""

    LEADS_NAMED = "leads-named"
    START_PLANNED = "start-planned"
    APPROVALS_CLEARED = "approvals-cleared"
    SITE_CLEARED = "site-cleared"
    PLAN_GIVEN = "plan-given"
    FACTORS_THERE = "factors-there"
    WORKS_UNHINDERED = "works-unhindered"
    FINISH_PLANNED = "finish-planned"
    FACILITIES_READY = "facilities-ready"
    TASKS_DONE = "tasks-done"


TREATMENT = "treatment@1"
"""The rule in force; another table is another version beside it."""

MEASURES: Mapping[ObstacleStage, tuple[TreatmentMeasure, ...]] = {
    ObstacleStage.NOT_STARTED: (
        TreatmentMeasure.LEADS_NAMED,
        TreatmentMeasure.START_PLANNED,
        TreatmentMeasure.APPROVALS_CLEARED,
        TreatmentMeasure.SITE_CLEARED,
    ),
    ObstacleStage.UNDER_CONSTRUCTION: (
        TreatmentMeasure.PLAN_GIVEN,
        TreatmentMeasure.FACTORS_THERE,
        TreatmentMeasure.WORKS_UNHINDERED,
    ),
    ObstacleStage.COMPLETING: (
        TreatmentMeasure.FINISH_PLANNED,
        TreatmentMeasure.FACILITIES_READY,
        TreatmentMeasure.TASKS_DONE,
    ),
}
"""Of each class, in the order of a project's lifecycle."""

KEPT_OPEN_BY: Mapping[TreatmentMeasure, Mapping[str, frozenset[Coded]]] = {
    TreatmentMeasure.APPROVALS_CLEARED: {
        "obstacle": frozenset({ObstacleKind.APPROVAL}),
        "factor": frozenset({FactorKind.APPROVAL}),
    },
    TreatmentMeasure.SITE_CLEARED: {
        "obstacle": frozenset({ObstacleKind.SITE}),
        "factor": frozenset({FactorKind.LAND, FactorKind.CLEARANCE}),
    },
    TreatmentMeasure.FACTORS_THERE: {
        "obstacle": frozenset({ObstacleKind.FACTORS}),
        "factor": frozenset(
            {FactorKind.FUNDS, FactorKind.ENVIRONMENT, FactorKind.MATERIALS}
        ),
    },
    TreatmentMeasure.WORKS_UNHINDERED: {
        "obstacle": frozenset({ObstacleKind.ENVIRONMENT, ObstacleKind.OTHER}),
    },
    TreatmentMeasure.FACILITIES_READY: {
        "obstacle": frozenset({ObstacleKind.FACILITIES}),
        "factor": frozenset({FactorKind.UTILITIES}),
    },
    TreatmentMeasure.TASKS_DONE: {"task": frozenset({TaskState.OPEN})},
}
"""What keeps a measure open: obstacles that are not over and factors that are short,
of these kinds, and tasks of this state, by the part of the project."""
