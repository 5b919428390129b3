"""A statement in a form: built from the contract, and judged by the gate."""

import json
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from hashlib import sha256
from typing import Any, NamedTuple

from starlette.responses import Response

from services.gateway.formreading import Filling, read, unplaced
from services.gateway.pages import integrators
from services.gateway.pages.frame import Visit, show
from services.gateway.refusing import unknown
from services.gateway.schemaform import WHOLE, Filled, form_of_type, statement_types
from services.gateway.tokens import WRITE
from services.rules.gate import Roll
from services.rules.judging import Admission, foresee
from twincity_schemas.catalogue import EventType
from twincity_schemas.generate import examples
from twincity_schemas.message import STRUCTURED
from twincity_schemas.parties import CHINA
from twincity_schemas.problems import Problem
from twincity_schemas.receipt import Verdict
from twincity_schemas.snippets import PUBLISHERS

LARGEST = 400_000
"""Bytes of a form: a statement of 65,536, each of them written as three."""

MOST_FIELDS = 5_000
_ENVELOPE = ("party", "bureau", "subject", "id", "time")
_MORE = "more"
_KEY_LETTERS = 16
_AS_FORM = [("content-type", STRUCTURED.encode())]


class Checked(NamedTuple):
    """A statement, and what the gate would make of it.

    Attributes:
        event: the CloudEvent that would be sent.
        admission: the gate's verdict.
        problems: what is wrong, with what was written as JSON and is none.
        rest: the problems that stand beside no field.
        compact: the event as it is sent, without white space.
    """

    event: Mapping[str, Any]
    admission: Admission
    problems: list[Problem]
    rest: list[Problem]
    compact: str

    @property
    def good(self) -> bool:
        """Returns whether it would be accepted."""
        return not self.problems and self.admission.verdict is Verdict.ACCEPTED


def form(visit: Visit) -> Response:
    """The empty form of a type, or one filled in with an example."""
    type_ = _type(visit)
    story = visit.asked("example")
    example = _examples().get(type_.fact, {}).get(story)
    envelope = _envelope_of(example["envelope"]) if example else _empty(visit, type_)
    data = example["data"] if example else {}
    return _shown(visit, type_, envelope, data, as_json=bool(visit.asked("json")))


def check(visit: Visit, values: list[tuple[str, str]]) -> Response:
    """The form as it was filled in, with what the gate would say of it."""
    type_ = _type(visit)
    filled: dict[str, list[str]] = {}
    for name, text in values:
        filled.setdefault(name, []).append(text)
    data, wrong = read(form_of_type(type_.fact), filled)
    envelope = {name: filled.get(name, [""])[0].strip() for name in _ENVELOPE}
    envelope["time"] = envelope["time"] or _now(visit.moment)
    envelope["id"] = envelope["id"] or _id_of(type_, envelope, data)
    if more := filled.get(_MORE, [""])[0]:
        as_json = WHOLE in filled
        return _shown(
            visit, type_, envelope, data, filled=filled, more=more, as_json=as_json
        )
    event = _event(type_, envelope, data)
    value = _compact(event)
    roll = Roll(visit.tell.registry)
    party = envelope["party"]
    admission = foresee(roll, party, _AS_FORM, value.encode(), visit.moment)
    torn = {one.pointer for one in wrong}
    problems = [
        *wrong,
        *(one for one in admission.problems if one.pointer not in torn),
    ]
    checked = Checked(event, admission, problems, [], value)
    return _shown(
        visit,
        type_,
        envelope,
        data,
        filled=filled,
        checked=checked,
        as_json=WHOLE in filled,
    )


def _shown(  # noqa: PLR0913  what a form is drawn by
    visit: Visit,
    type_: EventType,
    envelope: Mapping[str, str],
    data: Any,
    *,
    filled: Filled | None = None,
    more: str = "",
    as_json: bool = False,
    checked: Checked | None = None,
) -> Response:
    problems = [*checked.problems, *checked.admission.warnings] if checked else []
    filling = Filling(tuple(problems), filled or {}, more)
    fields = filling.fill(form_of_type(type_.fact), data)
    if checked:
        rest = problems if as_json else unplaced(fields, problems)
        checked = checked._replace(rest=rest)
    whole = (filled or {}).get(WHOLE, [json.dumps(data, ensure_ascii=False, indent=2)])
    party = envelope["party"] or integrators.party_of(visit)
    return show(
        visit,
        "say.html",
        type=type_,
        envelope=envelope,
        fields=fields,
        as_json=as_json,
        whole=whole[0],
        whole_name=WHOLE,
        more_name=_MORE,
        checked=checked,
        pretty=_pretty(checked.event) if checked else "",
        may_send=visit.who.may(WRITE) and visit.who.party == party,
        publishers=integrators.filled(PUBLISHERS, visit, party, envelope["subject"])
        if checked
        else [],
        http=integrators.posted(visit, party),
        parties=[one.code for one in visit.tell.registry.party],
        examples=list(_examples().get(type_.fact, {})),
    )


def _type(visit: Visit) -> EventType:
    fact = str(visit.params["fact"])
    chosen = statement_types().get(fact)
    if chosen is None:
        raise unknown(fact)
    return chosen


def _empty(visit: Visit, type_: EventType) -> dict[str, str]:
    asked = visit.asked("subject")
    subject = asked if asked.startswith(f"{type_.subject}/") else ""
    named = {"party": integrators.party_of(visit), "subject": subject}
    return dict.fromkeys(_ENVELOPE, "") | named


def _envelope_of(attributes: Mapping[str, Any]) -> dict[str, str]:
    party, _, bureau = str(attributes["source"]).removeprefix("/").partition("/")
    as_before = {name: str(attributes[name]) for name in ("subject", "id", "time")}
    return {"party": party, "bureau": bureau, **as_before}


def _event(type_: EventType, envelope: Mapping[str, str], data: Any) -> dict[str, Any]:
    bureau = f"/{envelope['bureau']}" if envelope["bureau"] else ""
    return {
        "specversion": "1.0",
        "id": envelope["id"],
        "source": f"/{envelope['party']}{bureau}",
        "type": type_.name,
        "subject": envelope["subject"],
        "time": envelope["time"],
        "datacontenttype": "application/json",
        "data": data,
    }


def _id_of(type_: EventType, envelope: Mapping[str, str], data: Any) -> str:
    """An id that follows from what is said: the same form is the same statement."""
    content = _compact([type_.name, envelope["subject"], envelope["time"], data])
    digest = sha256(content.encode()).hexdigest()[:_KEY_LETTERS]
    return f"{envelope['party']}-{digest}"


def _now(moment: datetime) -> str:
    return moment.astimezone(CHINA).isoformat(timespec="seconds")


def _compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=True, separators=(",", ":"))


def _pretty(event: Mapping[str, Any]) -> str:
    return json.dumps(event, ensure_ascii=False, indent=2)


@cache
def _examples() -> dict[str, dict[str, Any]]:
    return examples()
