"""Red and black boards (红黑榜) by published, versioned rules (差异化考核).

The rules are data: which figures count, with what weight and target, how many
stand on either board; districts and departments in sequences of their own.
After the boards of Mianyang, 2022 Q1: red needs the target met *and* the rank,
black the target missed *and* the bottom rank; force majeure (不可抗力) exempts.
"""

from collections import Counter
from itertools import combinations
from typing import Annotated

from pydantic import Field, model_validator
from typing_extensions import override

from twincity_schemas.decimals import Number, PositiveMoney
from twincity_schemas.dispatch import CutOff, ThroughMonth, Year, cut_off_warnings
from twincity_schemas.problems import Problem, WrongValueError, problem
from twincity_schemas.references import BoardId, Member, MemberOf, ProjectId
from twincity_schemas.rules import EachOnce
from twincity_schemas.statement import Statement
from twincity_schemas.steps import ItemCode
from twincity_schemas.values import (
    AsOf,
    Line,
    Moment,
    Organisation,
    Paragraph,
    PartyCode,
    Source,
    StepDate,
    Value,
)
from twincity_schemas.words import Coded, Shared

UnitCode = Annotated[ItemCode, Shared(__name__, "UnitCode")]
MeasureCode = Annotated[ItemCode, Shared(__name__, "MeasureCode")]


class Sequence(Coded):
    """Districts and departments are ranked apart."""

    DISTRICTS = "districts"
    DEPARTMENTS = "departments"


class Colour(Coded):
    """The board that a unit stands on."""

    RED = "red"
    BLACK = "black"
    NONE = "none"


class MeasureKind(Coded):
    """The source of a figure."""

    COMPLETION_RATE = "completion-rate"
    REPORTS_ON_TIME = "reports-on-time"
    OBSTACLES_CLOSED = "obstacles-closed"
    BOARDS = "boards"
    STATED = "stated"


class BoardMeasure(Value):
    """One figure that counts, with its weight and target."""

    code: MeasureCode
    name: Line
    kind: MeasureKind
    weight: PositiveMoney
    target: PositiveMoney


class Places(Value):
    """The numbers of a sequence that stand on each board."""

    sequence: Sequence
    red: Annotated[int, Field(ge=0, le=100)]
    black: Annotated[int, Field(ge=0, le=100)]


class Differentiated(Value):
    """The measures of one sequence, or one kind of unit, instead of the general."""

    sequence: Sequence | None = None
    kind: ItemCode | None = None
    measures: Annotated[
        tuple[BoardMeasure, ...], Field(min_length=1, max_length=30), EachOnce()
    ]


class BoardRules(Value):
    """Published rules, named by code and version."""

    code: ItemCode
    version: Annotated[int, Field(ge=1, le=999)]
    title: Line | None = None
    measures: Annotated[
        tuple[BoardMeasure, ...], Field(min_length=1, max_length=30), EachOnce()
    ]
    differentiated: Annotated[
        tuple[Differentiated, ...],
        Field(max_length=20),
        EachOnce(by=("sequence", "kind")),
    ] = ()
    cap: Annotated[int, Field(ge=100, le=1000)]
    places: Annotated[
        tuple[Places, ...],
        Field(min_length=1, max_length=2),
        EachOnce(by=("sequence",)),
    ]

    @property
    def name(self) -> str:
        """As it is referred to: ``quarterly@2``."""
        return f"{self.code}@{self.version}"

    def measures_of(self, unit: "BoardUnit") -> tuple[BoardMeasure, ...]:
        """The measures that a unit is appraised by."""
        for sequence, kind in (
            (unit.sequence, unit.kind),
            (None, unit.kind),
            (unit.sequence, None),
        ):
            for own in self.differentiated:
                if (own.sequence, own.kind) == (sequence, kind) != (None, None):
                    return own.measures
        return self.measures


class UnitProject(Value):
    """A project that counts for a unit, and whose part of it."""

    project: ProjectId
    party: Annotated[PartyCode, MemberOf(beside="project")]


class BoardUnit(Value):
    """A unit that is appraised."""

    code: UnitCode
    unit: Organisation
    sequence: Sequence
    kind: ItemCode | None = None
    projects: Annotated[tuple[UnitProject, ...], Field(max_length=100)] = ()


class BoardOpened(Statement):
    """A party publishes rules, units, period and cut-off of a board."""

    looks_ahead = True

    refuses = ("appeals_before_the_cut_off",)

    rules: BoardRules
    units: Annotated[
        tuple[BoardUnit, ...], Field(min_length=1, max_length=200), EachOnce()
    ]
    year: Year
    through_month: ThroughMonth
    cut_off: CutOff
    boards: Annotated[tuple[BoardId, ...], Field(max_length=12)] = ()
    appeals_until: Moment | None = None
    as_of: StepDate

    @override
    def warnings(self) -> list[Problem]:
        """Returns what looks wrong without being a reason to reject."""
        problems = super().warnings()
        problems += cut_off_warnings(self.cut_off, self.year, self.through_month)
        counted = Counter(
            (unit.sequence, one.project, one.party)
            for unit in self.units
            for one in unit.projects
        )
        problems += [
            problem(
                "/units",
                "project_twice",
                f"{project}（{party}）在同一序列计入不止一个单位，请核对",
                f"{project} ({party}) counts for more than one unit of a sequence",
            )
            for (_, project, party), times in sorted(counted.items())
            if times > 1
        ]
        # Under two codes it would stand on the board twice, and be told of once.
        problems += [
            problem(
                "/units",
                "unit_twice",
                f"{one.code} 与 {other.code} 疑为同一单位（现名、原名或信用代码相同）",
                f"{one.code} and {other.code} look like one unit, by a present or"
                " former name or the credit code",
            )
            for one, other in combinations(self.units, 2)
            if one.sequence is other.sequence
            and (one.unit.continues(other.unit) or other.unit.continues(one.unit))
        ]
        return problems

    @model_validator(mode="after")
    def _appeals_come_after_the_cut_off(self) -> "BoardOpened":
        if self.appeals_until is not None and self.appeals_until <= self.cut_off:
            raise WrongValueError(
                "appeals_before_the_cut_off",
                "申诉截止须晚于截止时间",
                "appeals_until must be after the cut-off",
            )
        return self


class FigureStated(Statement):
    """Whoever opened the board states a unit's figure, with its source."""

    unit: UnitCode
    measure: MeasureCode
    value: Number
    as_of: AsOf
    source: Source


class ExemptionGranted(Statement):
    """Whoever opened the board exempts a unit, for force majeure."""

    unit: UnitCode
    reason: Paragraph
    basis: Line
    as_of: StepDate


AppealCode = Annotated[ItemCode, Shared(__name__, "AppealCode")]


class AppealRaised(Statement):
    """Within the window a member disputes a unit's figure, with evidence."""

    looks_ahead = True

    appeal: AppealCode
    unit: UnitCode
    measure: MeasureCode
    claimed: Number | None = None
    evidence: Paragraph
    as_of: StepDate


class AppealAnswered(Statement):
    """Whoever opened the board answers: with the right figure, or with a refusal."""

    looks_ahead = True

    raised_by: Member
    appeal: AppealCode
    value: Number | None = None
    reason: Paragraph
    as_of: StepDate
