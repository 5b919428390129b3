"""References: what a value has to be, given who says it and about what.

A field tells by its type what it refers to (:data:`ProjectId`, :data:`Member`).
Whoever checks walks the annotations, so that a new statement needs no line of it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from pydantic import BaseModel, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema
from typing_extensions import override

from twincity_schemas.problems import Path, Problem, WrongValueError, pointer, problem
from twincity_schemas.rules import Rule
from twincity_schemas.values import PartyCode, Subject, SubjectId, subject_pattern


@dataclass(frozen=True)
class OfKind:
    """Narrows a subject's identifier to one kind."""

    kind: str

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """Check the kind of what is a subject's identifier."""
        return core_schema.no_info_after_validator_function(
            self._checked, handler(source)
        )

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """State the kind in the pattern."""
        return handler(schema) | {"pattern": subject_pattern(self.kind)}

    def _checked(self, text: str) -> str:
        if Subject.parse(text).kind != self.kind:
            raise WrongValueError(
                "subject_kind",
                f"所指事项应以 {self.kind}/ 开头",
                f"must name {self.kind}/…",
            )
        return text


ProjectId = Annotated[SubjectId, OfKind("project")]
ChainId = Annotated[SubjectId, OfKind("chain")]
OpportunityId = Annotated[SubjectId, OfKind("opportunity")]
DispatchId = Annotated[SubjectId, OfKind("dispatch")]
BoardId = Annotated[SubjectId, OfKind("board")]
ClusterId = Annotated[SubjectId, OfKind("cluster")]


@dataclass(frozen=True)
class About:
    """The statement by which a reference is judged.

    Attributes:
        subject: what the statement is about.
        party: who says it.
        beside: the object that the value stands in.
    """

    subject: Subject
    party: str
    beside: BaseModel


@dataclass(frozen=True)
class Reference(Rule):
    """A rule about a value that the value alone does not show."""

    def wrong(self, value: str, about: About) -> tuple[str, str] | None:
        """Say what is wrong with a value, in Chinese and English; None: nothing.

        Raises:
            NotImplementedError: a reference has to say its own.
        """
        raise NotImplementedError


@dataclass(frozen=True)
class MemberOf(Reference):
    """A member of the statement's subject, or of one that is named beside it."""

    code: str = "not_a_member"
    beside: str = ""

    @override
    def wrong(self, value: str, about: About) -> tuple[str, str] | None:
        subject = about.subject
        if self.beside:
            subject = Subject.parse(getattr(about.beside, self.beside))
        if value in subject.members:
            return None
        return (
            f"{value} 不是事项成员，应为：{'、'.join(subject.members)}",
            f"{value} is not a member; must be one of {', '.join(subject.members)}",
        )


@dataclass(frozen=True)
class NotOneself(Reference):
    """A member of the subject, other than who speaks."""

    code: str = "not_another_member"

    @override
    def wrong(self, value: str, about: About) -> tuple[str, str] | None:
        others = sorted({*about.subject.members} - {about.party})
        if value in others:
            return None
        return (
            f"应为事项的其他成员之一：{'、'.join(others)}",
            f"must be another member: {', '.join(others)}",
        )


@dataclass(frozen=True)
class NotItself(Reference):
    """Another subject than the one that is spoken about."""

    code: str = "names_itself"

    @override
    def wrong(self, value: str, about: About) -> tuple[str, str] | None:
        if value != str(about.subject):
            return None
        return f"{value} 不得包含自身", f"{value} must not name itself"


Member = Annotated[PartyCode, MemberOf()]
OtherMember = Annotated[PartyCode, NotOneself()]


def misfits(data: BaseModel, subject: Subject, party: str) -> Iterator[Problem]:
    """Find what in a statement does not fit whom and what it is about.

    Args:
        data: what is said.
        subject: what it is said about.
        party: who says it.
    """
    for path, reference, value, beside in _in_model(data, ()):
        if misfit := reference.wrong(value, About(subject, party, beside)):
            yield problem(pointer(path), reference.code, *misfit)


_Located = tuple[Path, Reference, str, BaseModel]


def _in_model(model: BaseModel, path: Path) -> Iterator[_Located]:
    for name, references in _referring(type(model)).items():
        value = getattr(model, name)
        yield from _in_value(value, references, (*path, name), model)


def _in_value(
    value: Any, references: tuple[Reference, ...], path: Path, beside: BaseModel
) -> Iterator[_Located]:
    match value:
        case BaseModel():
            yield from _in_model(value, path)
        case str():
            yield from ((path, one, value, beside) for one in references)
        case tuple():
            for index, item in enumerate(value):
                yield from _in_value(item, references, (*path, index), beside)
        case dict():
            for key, item in value.items():
                yield from _in_value(item, references, (*path, key), beside)
        case _:
            pass


@cache
def _referring(model: type[BaseModel]) -> dict[str, tuple[Reference, ...]]:
    """The fields of a model that refer to something, or hold what does."""
    fields = {}
    hints = get_type_hints(model, include_extras=True)
    for name in model.model_fields:
        parts = [*_parts(hints[name])]
        references = tuple(one for one in parts if isinstance(one, Reference))
        models = [one for one in parts if isinstance(one, type)]
        inner = (_referring(one) for one in models if issubclass(one, BaseModel))
        if references or any(inner):
            fields[name] = references
    return fields


def _parts(hint: Any) -> Iterator[Any]:
    """Take an annotation apart: classes, and what is annotated to them."""
    if get_origin(hint) is None:
        yield hint
    for inner in get_args(hint):
        yield from _parts(inner)
