"""The page of spreadsheets: what each row would say, from which cells; the receipts."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from starlette.responses import Response

from services.gateway.pages import links
from services.gateway.pages.forms import Form
from services.gateway.pages.frame import Visit, show
from services.gateway.pages.readable import LabelledValue, readable
from services.gateway.pages.telling import Tell
from services.gateway.refusing import Refusal
from services.gateway.schemaform import statement_types
from services.gateway.statements import Answer, status_of
from services.gateway.tokens import WRITE
from services.sheets.body import WORDS as ROW_WORDS
from services.sheets.body import RowKind
from services.sheets.columns import SheetField, layout
from services.sheets.profile import (
    IGNORED,
    NAME,
    NUMBER,
    SPAN,
    SUBJECT,
    UNITS_OF,
    UNKNOWN,
)
from twincity_schemas.catalogue import EVENT_TYPES
from twincity_schemas.problems import Problem, problem
from twincity_schemas.receipt import Verdict
from twincity_schemas.words import Words

ONE_LINE = ("profile", "type", "members")
MANY_LINES = ("column", "set")
_PER_PAGE = 50
_MOST_LISTED = 200
"""Problems, rows and receipts of each sort that are listed; the rest are counted."""

COLUMN_WORDS: dict[str, Words] = {
    SUBJECT: Words("事项编号", "the subject's identifier"),
    NAME: Words("事项名称（编号的末段）", "the last part of the subject's identifier"),
    NUMBER: Words("序号", "a running number"),
    SPAN: Words("起止年限", "beginning and end"),
    UNITS_OF: Words("责任单位", "responsible units"),
    IGNORED: Words("不取", "not read"),
}
"""What a column is that is no field of the contract."""


class ReadColumn(NamedTuple):
    """A column as it is read; ``meaning`` is None where nobody has said it yet."""

    column: str
    header: str
    meaning: str | None
    unit: str


class PreviewedRow(NamedTuple):
    """A statement that a row makes.

    Attributes:
        where: its cells.
        new: whether it would be said; else it was before.
        subject: what it is about.
        type: which statement.
        fields: what it says.
    """

    where: str
    new: bool
    subject: str
    type: str
    fields: list[LabelledValue]


class SaidRow(NamedTuple):
    """A statement that was said: its cells, and what became of it."""

    where: str
    verdict: Words
    link: str
    problems: Sequence[Problem]
    is_good: bool


SENT = Words("已发送，待回执", "sent, its receipt is to come")
UNSENT = Words("未发送", "not sent")


def spreadsheets(  # noqa: PLR0913  what the page is drawn by
    visit: Visit,
    profiles: list[str],
    form: Form,
    *,
    wrong: Refusal | None = None,
    previewed: Mapping[str, Any] | None = None,
    answered: Sequence[tuple[str, Answer]] = (),
    held: tuple[str, str] = ("", ""),
) -> Response:
    """The form, and what has come of it so far.

    Args:
        visit: of the page.
        profiles: the names of those that the visitor's party has confirmed.
        form: the form's fields.
        wrong: why nothing came of it.
        previewed: the preview.
        answered: of each statement that was said, its cells and the answer.
        held: what the file is asked for by, and its name.
    """
    tell, party = visit.tell, visit.who.party
    answers = [answer for _, answer in answered]
    status = wrong.status if wrong else status_of(answers) if answers else 200
    read = (wrong.more if wrong else previewed) or {}
    profile = read.get("profile", {})
    results = sorted((_row_of(*one) for one in answered), key=lambda r: r.is_good)
    statements = (previewed or {}).get("statements", ())
    skip = (_page(form) - 1) * _PER_PAGE
    answer = show(
        visit,
        "spreadsheets.html",
        status,
        fields={name: form.get(name, "") for name in (*ONE_LINE, *MANY_LINES)},
        may=visit.who.may(WRITE) and bool(party),
        profiles=profiles,
        types=statement_types(),
        held=held[0],
        file=held[1],
        wrong=wrong,
        previewed=previewed,
        profile=profile,
        columns=list(_columns(profile, tell)),
        defaults=list(_defaults(profile, tell)),
        rows=[_row(one, tell) for one in statements[skip : skip + _PER_PAGE]],
        page=_page(form),
        more=len(statements) > skip + _PER_PAGE,
        passed=list(_passed(previewed or {}, tell)),
        results=results[:_MOST_LISTED],
        tally=Counter(one.verdict for one in results),
        most=_MOST_LISTED,
    )
    answer.headers.update(wrong.headers if wrong else {})
    return answer


def _page(form: Form) -> int:
    asked = form.get("page", "")
    return max(1, int(asked)) if re.fullmatch(r"[0-9]{1,6}", asked) else 1


def _meaning(path: str, fields: Mapping[str, SheetField], tell: Tell) -> str | None:
    """Returns what a column says; None where that is not known yet."""
    if words := COLUMN_WORDS.get(path):
        return tell.words(words)
    if field := fields.get(path):
        return tell.t(field.zh, field.en)
    return None if path in {"", UNKNOWN} else path


def _fields(profile: Mapping[str, Any]) -> Mapping[str, SheetField]:
    """The fields that a column of this profile can be, by path."""
    fact = profile.get("type", "")
    return layout(fact).by_path if fact in statement_types() else {}


def _columns(profile: Mapping[str, Any], tell: Tell) -> Iterator[ReadColumn]:
    fields = _fields(profile)
    for one in profile.get("columns", ()):
        meaning = _meaning(one.get("field", ""), fields, tell)
        yield ReadColumn(
            one["column"], one.get("header", ""), meaning, one.get("unit", "")
        )


def _defaults(profile: Mapping[str, Any], tell: Tell) -> Iterator[tuple[str, str]]:
    fields = _fields(profile)
    for path, value in profile.get("defaults", {}).items():
        codes = fields[path].codes if path in fields else {}
        words = Words(*codes.get(value, (value, value)))
        yield _meaning(path, fields, tell) or path, tell.words(words)


def _row(row: Mapping[str, Any], tell: Tell) -> PreviewedRow:
    model = EVENT_TYPES[row["type"]].model.model_validate(row["data"])
    fields = [*readable(model, tell)]
    return PreviewedRow(row["from"], row["new"], row["subject"], row["type"], fields)


def _passed(previewed: Mapping[str, Any], tell: Tell) -> Iterator[tuple[str, str, str]]:
    for one in previewed.get("passed", ())[:_MOST_LISTED]:
        kind = Words(*ROW_WORDS[RowKind(one["kind"])])
        yield one["from"], tell.words(kind), one["text"]


def _row_of(where: str, answer: Answer) -> SaidRow:
    if answer.refusal is not None:
        words = answer.refusal.words
        why = problem("", answer.refusal.code, words.zh, words.en)
        return SaidRow(where, UNSENT, "", [why], is_good=False)
    link = links.of_receipt(answer.place)
    if answer.receipt is None:
        return SaidRow(where, SENT, link, (), is_good=True)
    verdict = Verdict(answer.receipt["verdict"])
    problems = [Problem(**one) for one in answer.receipt.get("problems", ())]
    good = verdict is not Verdict.REJECTED
    return SaidRow(where, verdict.words, link, problems, good)
