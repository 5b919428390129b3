"""Measures by class (分类施策): what a project's own phase asks for, what is open."""

from collections.abc import Iterator, Mapping, Sequence

from services.coordination import standing
from services.rules import presence
from services.runtime.kinds import Derived, Part, States
from twincity_schemas.obstacle import ObstacleStage
from twincity_schemas.project import Phase, PlanBatch, ProjectDescribed, UnitRole
from twincity_schemas.treatment import (
    KEPT_OPEN_BY,
    MEASURES,
    TREATMENT,
    TreatmentMeasure,
)
from twincity_schemas.treatment_record import MeasureDue, TreatmentRecorded

Texts = Mapping[str, ProjectDescribed]
"""By party: the text that it stands by."""


def stage_of(texts: Texts) -> tuple[ObstacleStage, Phase] | None:
    """Returns a project's class and phase.

    Returns:
        None while no phase is said or the members differ, and where there is nothing to
        be done: it is in use, rests, or is given up.
    """
    phases = {text.phase for text in texts.values() if text.phase is not None}
    if len(phases) != 1:
        return None
    [phase] = phases
    match phase:
        case Phase.RESERVED | Phase.PREPARATION:
            return ObstacleStage.NOT_STARTED, phase
        case Phase.CONSTRUCTION if _is_completing(texts):
            return ObstacleStage.COMPLETING, phase
        case Phase.CONSTRUCTION:
            return ObstacleStage.UNDER_CONSTRUCTION, phase
        case _:
            return None


def _is_completing(texts: Texts) -> bool:
    """Returns whether the newest list that it is on has it among the completing."""
    places = [text.list_place for text in texts.values() if text.list_place]
    newest = max((place.year for place in places), default=0)
    batches = {place.batch for place in places if place.year == newest}
    return batches == {PlanBatch.COMPLETING}


def derive(states: States) -> Derived:
    """The measures that are due; no record where the project has no class."""
    project = str(states.subject)
    positions = standing.positions_of(states, states.of(project))
    standings = standing.standings(positions)
    texts = {p: text.content for p, text in standing.texts(standings).items()}
    staged = stage_of(texts)
    if staged is None:
        return Derived()
    stage, phase = staged
    staying = presence.staying(positions.where, states.subject.members)
    record = TreatmentRecorded(
        subject=project,
        part="treatment",
        rule=TREATMENT,
        stage=stage,
        phase=phase,
        measures=tuple(_measures(stage, texts, staying, states)),
    )
    return Derived({record.part: record})


def _measures(
    stage: ObstacleStage, texts: Texts, staying: Sequence[str], states: States
) -> Iterator[MeasureDue]:
    """Yields the measures of a class, and of the classes before what is open."""
    tallies = {part: states.tally(part) for part in ("obstacle", "factor", "task")}
    for of, measures in MEASURES.items():
        for measure in measures:
            open_ = sum(
                tallies[part].get(code, 0)
                for part, codes in KEPT_OPEN_BY.get(measure, {}).items()
                for code in codes
            )
            met = not open_ and _is_said(measure, texts, staying)
            if of is stage or not met:
                yield MeasureDue(measure=measure, of=of, met=met, open=open_)
        if of is stage:
            return


def _is_said(measure: TreatmentMeasure, texts: Texts, staying: Sequence[str]) -> bool:
    """Returns whether the descriptions have what a measure asks of them."""
    match measure:
        case TreatmentMeasure.LEADS_NAMED:
            leads = {
                unit.party
                for text in texts.values()
                for unit in text.responsible_units
                if unit.role is UnitRole.LEAD
            }
            return leads.issuperset(staying)
        case TreatmentMeasure.START_PLANNED:
            return any(t.planned_start or t.actual_start for t in texts.values())
        case TreatmentMeasure.PLAN_GIVEN:
            return any(text.annual_plan for text in texts.values())
        case TreatmentMeasure.FINISH_PLANNED:
            return any(t.planned_finish or t.actual_finish for t in texts.values())
        case _:
            return True


PART = Part("treatment", derive=derive)
