"""Any event in words: each field by its label in the contract, codes by their names."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Annotated, Any

from pydantic import TypeAdapter

from services.gateway.pages import links
from services.gateway.pages.telling import MISSING, Tell
from twincity_schemas.problems import WrongValueError
from twincity_schemas.project import (
    Investment,
    InvestorShare,
    ProjectDescribed,
    ResponsibleUnit,
)
from twincity_schemas.regions import regions
from twincity_schemas.statement import PROVENANCE
from twincity_schemas.values import Subject
from twincity_schemas.words import Coded, Worded

_STATEMENTS = {"statement", "statements", "answers", "answered_by", "corrects"}
_PROSE = 60
"""Characters; a text as long has figures within sentences."""
_SAID_ALREADY = {"subject", PROVENANCE}


@dataclass(frozen=True)
class LabelledValue:
    """A labelled value: a text that may lead somewhere, or fields within."""

    label: str
    text: str = ""
    link: str = ""
    fields: tuple["LabelledValue", ...] = ()

    @property
    def is_figure(self) -> bool:
        """Returns whether the text is a figure with its unit, and no prose."""
        return len(self.text) < _PROSE and any(map(str.isdigit, self.text))


def readable(model: Worded, tell: Tell) -> Iterator[LabelledValue]:
    """Yields what a model says, without what it leaves open."""
    for name in type(model).model_fields:
        value = getattr(model, name)
        if name in _SAID_ALREADY or value is None or value in ((), {}):
            continue
        yield _field(tell.words(type(model).field_words(name)), name, value, tell)
    for name, value in (model.model_extra or {}).items():
        yield _field(name, "", value, tell)


def valued(name: str, value: Any, tell: Tell) -> LabelledValue:
    """A value of a field of a project's description, as its record shows it."""
    if name.startswith("figures."):
        return LabelledValue("", f"{value['value']} {value['unit']}")
    if value is None:
        return LabelledValue("", MISSING)
    typed = _type_of(name).validate_json(json.dumps(value))
    match typed:
        case Investment():
            return LabelledValue("", f"{tell.money(typed.amount)} {tell.money_unit}")
        case tuple() if all(isinstance(one, InvestorShare) for one in typed):
            shares = (f"{one.investor} {tell.number(one.percent)}%" for one in typed)
            return LabelledValue("", tell.t("、", ", ").join(shares))
        case tuple() if all(isinstance(one, ResponsibleUnit) for one in typed):
            return LabelledValue("", fields=tuple(_unit(one, tell) for one in typed))
        case _:
            return _field("", name, typed, tell)


def _unit(unit: ResponsibleUnit, tell: Tell) -> LabelledValue:
    parts = (tell.party(unit.party), unit.name, unit.officer, unit.task, unit.due)
    return LabelledValue(tell.words(unit.role), " · ".join(one for one in parts if one))


@cache
def _type_of(name: str) -> TypeAdapter[Any]:
    field = ProjectDescribed.model_fields[name]
    return TypeAdapter(Annotated[field.annotation, *field.metadata])  # type: ignore[arg-type]


def _field(label: str, name: str, value: Any, tell: Tell) -> LabelledValue:
    match value:
        case Worded():
            return LabelledValue(label, fields=tuple(readable(value, tell)))
        case Mapping():
            return LabelledValue(
                label,
                fields=tuple(
                    _field(tell.party(str(key)), "", one, tell)
                    for key, one in value.items()
                ),
            )
        case tuple() | list() if all(isinstance(one, str) for one in value):
            if name in _STATEMENTS:
                return LabelledValue(
                    label, fields=tuple(_field("", name, one, tell) for one in value)
                )
            comma = tell.t("、", ", ")
            return LabelledValue(
                label, comma.join(_text(name, one, tell).text for one in value)
            )
        case tuple() | list():
            return LabelledValue(
                label,
                fields=tuple(
                    _field(f"{n}", name, one, tell) for n, one in enumerate(value, 1)
                ),
            )
        case _:
            text = _text(name, value, tell)
            return LabelledValue(label, text.text, text.link)


def _text(name: str, value: Any, tell: Tell) -> LabelledValue:
    link = ""
    match value:
        case Coded():
            text = tell.words(value)
        case bool():
            text = tell.t("是", "yes") if value else tell.t("否", "no")
        case Decimal():
            text = tell.number(value)
        case datetime():
            text = tell.moment(value)
        case str() if name in _STATEMENTS:
            text, link = value, links.of_statement(value)
        case str() if value.startswith("sha256:"):
            text = tell.digest(value)
        case str() if value in regions() and name.startswith("region"):
            text = f"{regions()[value].name} {value}"
        case str() if value in tell.registry.codes:
            text = tell.party(value)
        case str() if _is_subject(value):
            text, link = tell.subject(value), links.of_subject(value)
        case _:
            text = str(value)
    return LabelledValue("", text, link)


def _is_subject(text: str) -> bool:
    try:
        Subject.parse(text)
    except WrongValueError:
        return False
    return True
