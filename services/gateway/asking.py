"""GET: what the view holds, as JSON, CSV or xlsx, in pages, with an ETag."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from urllib.parse import quote, urlencode

from pydantic import TypeAdapter, ValidationError
from starlette.requests import Request
from starlette.responses import Response

from services.gateway.refusing import Refusal, to_json, unknown
from services.gateway.rows import Filter, Row, fact_of
from services.gateway.tables import CSV, to_csv, to_xlsx
from services.gateway.view import View, place_of
from services.gateway.workbooks import XLSX
from services.rules.families import Family
from twincity_schemas.topology import MATCHING_CANDIDATES, MATCHING_RECORDS
from twincity_schemas.values import PartialDate, earlier

JSON = "application/json"
PAGE, LARGEST_PAGE = 100, 1_000
FILTERS = ("domain", "party", "kind", "type", "state", "subject")

_DATE: TypeAdapter[str] = TypeAdapter(PartialDate)


def filter_of(query: Mapping[str, str], family: Family = Family.RECORD) -> Filter:
    """Returns what a query string asks for."""
    return Filter((family,), **{name: query.get(name, "") for name in FILTERS})


@dataclass(frozen=True)
class Asking:
    """Answers questions about what the view holds."""

    view: View

    def records(self, request: Request) -> Response:
        """A page of present records."""
        return self._page(request, Family.RECORD)

    def receipts(self, request: Request) -> Response:
        """A page of receipts."""
        return self._page(request, Family.RECEIPT)

    def _page(self, request: Request, family: Family) -> Response:
        limit, after = _limit(request), request.query_params.get("after", "")
        wanted = filter_of(request.query_params, family)
        rows = self.view.page(wanted, after, limit + 1)
        following = place_of(rows[limit - 1]) if len(rows) > limit else ""
        return _listed(request, (r.document() for r in rows[:limit]), following)

    def record(self, request: Request) -> Response:
        """The present record of a subject or of a part of it."""
        key = request.path_params["key"]
        row = self.view.latest(key)
        if row is None:
            raise unknown(key)
        return _one(request, row)

    def subject(self, request: Request) -> Response:
        """The records of a subject and of all its parts."""
        subject = request.path_params["subject"]
        rows = self.view.of_subject(subject)
        if not rows:
            raise unknown(subject)
        return _listed(request, (row.document() for row in rows), "")

    def receipt(self, request: Request, row: Row | None) -> Response:
        """Returns what became of a message.

        Raises:
            Refusal: nothing has become of it yet (404).
        """
        if row is None:
            raise Refusal(
                404,
                "no_receipt",
                ("尚无回执", "there is no receipt yet"),
                headers={"Retry-After": "1"},
            )
        return _one(request, row)

    def trace(self, request: Request) -> Response:
        """Returns who said what about a subject when, and what it became."""
        subject = request.path_params["subject"]
        limit, skip = _limit(request), _skipped(request)
        rows = self.view.trace(subject, skip, limit + 1)
        if not rows and not skip:
            raise unknown(subject)
        following = str(skip + limit) if len(rows) > limit else ""
        return _listed(request, (row.document() for row in rows[:limit]), following)

    def due(self, request: Request) -> Response:
        """Returns what is open by the present records, overdue or not as of a date.

        Raises:
            Refusal: the date is none (400).
        """
        query = request.query_params
        as_of = query.get("as_of", "")
        try:
            _DATE.validate_python(as_of)
        except ValidationError:
            raise Refusal(
                400,
                "as_of",
                ("as_of 应为日期，如 2024-09", "as_of must be a date, as 2024-09"),
            ) from None
        items = [item for text in self.view.due() for item in json.loads(text)]
        matters = [
            {**item, "overdue": item["due"] is not None and earlier(item["due"], as_of)}
            for item in items
            if query.get("subject", "") in {"", item["subject"]}
            and query.get("party", "") in {"", *item["party"].split("、")}
        ]
        matters.sort(
            key=lambda i: (
                not i["overdue"],
                i["due"] or "9999",
                i["subject"],
                i["what"],
            )
        )
        limit, skip = _limit(request), _skipped(request)
        following = str(skip + limit) if len(matters) > skip + limit else ""
        return _listed(request, matters[skip : skip + limit], following)

    def explain(self, request: Request) -> Response:
        """Returns what an entry is paired with, what else it could be, and why not."""
        entry = request.path_params["entry"]
        paired = self.view.at(MATCHING_RECORDS, entry)
        if paired is None:
            raise unknown(entry)
        pairing, scores = _data(paired), self._scores(entry)
        if other := request.query_params.get("with", ""):
            score = scores.get(other, self._scores(other).get(entry))
            explained = _pair(entry, other, pairing, score)
        else:
            explained = {
                "entry": entry,
                **{name: pairing.get(name, []) for name in _OF_A_PAIRING},
                "candidates": [
                    {"counterpart": one, "score": score}
                    for one, score in sorted(
                        scores.items(), key=lambda i: (-i[1], i[0])
                    )
                ],
            }
        return _answer(request, to_json(explained), JSON)

    def _scores(self, entry: str) -> dict[str, int]:
        """Returns what a demand's pairs score, by supply; empty of a supply."""
        answer = self.view.at(MATCHING_CANDIDATES, f"{entry}#candidates")
        scores: dict[str, int] = _data(answer).get("scores", {})
        return scores


def _best_first(scored: tuple[str, int]) -> tuple[int, str]:
    return -scored[1], scored[0]


_OF_A_PAIRING = ("pairs", "offers", "nearest")


def _pair(
    entry: str, other: str, pairing: dict[str, Any], score: int | None
) -> dict[str, Any]:
    """Two entries: paired or not, what they score, or which conditions failed."""
    of_other = {
        name: next(
            (one for one in pairing.get(name, ()) if one["counterpart"] == other), None
        )
        for name in _OF_A_PAIRING
    }
    if score is None and not any(of_other.values()):
        raise Refusal(
            404,
            "no_pair",
            ("两条目不能配对", "the two entries cannot be paired"),
        )
    return {
        "entry": entry,
        "with": other,
        "paired": of_other["pairs"] is not None,
        "score": score,
        "pair": of_other["pairs"],
        "offer": of_other["offers"],
        "nearest": of_other["nearest"],
    }


def _data(row: Row | None) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(row.value or b"{}") if row else {}
    return data


def _limit(request: Request) -> int:
    limit = request.query_params.get("limit", str(PAGE))
    if not re.fullmatch(r"[0-9]{1,9}", limit) or not 0 < int(limit) <= LARGEST_PAGE:
        raise Refusal(
            400,
            "limit",
            (
                f"limit 应为 1 至 {LARGEST_PAGE}",
                f"limit must be 1 to {LARGEST_PAGE}",
            ),
        )
    return int(limit)


def _skipped(request: Request) -> int:
    after = request.query_params.get("after", "")
    return int(after) if re.fullmatch(r"[0-9]{1,9}", after) else 0


def _one(request: Request, row: Row) -> Response:
    document = row.document()
    media = _media(request)
    body = row.cloudevent if media == JSON else _table(media, [document])
    return _answer(
        request, body, media, etag=f'{row.etag[:-1]}-{media.rsplit(".")[-1]}"'
    )


def _listed(
    request: Request, documents: Iterable[dict[str, Any]], following: str
) -> Response:
    media = _media(request)
    rows = list(documents)
    headers, link = {}, ""
    if following:
        query = dict(request.query_params) | {"after": following}
        link = f"{quote(request.url.path)}?{urlencode(query)}"
        headers["Link"] = f'<{link}>; rel="next"'
    if media == JSON:
        body = to_json({"items": rows, "next": link or None})
    else:
        body = _table(media, rows)
    return _answer(request, body, media, headers)


def _table(media: str, documents: Iterable[dict[str, Any]]) -> bytes:
    rows = [_named(document) for document in documents]
    return to_csv(rows) if media == CSV else to_xlsx(rows)


def _named(document: dict[str, Any]) -> dict[str, Any]:
    """An event as a row: what is looked for first, then its data."""
    if "data" not in document:
        return document
    named = {
        name: document[name]
        for name in ("subject", "type", "source", "id", "time", "recordedtime")
        if name in document
    }
    named["type"] = fact_of(named["type"])
    data = document["data"]
    rest = {k: v for k, v in data.items() if k != "subject"}
    return named | {"data": rest}


def _answer(
    request: Request,
    body: bytes,
    media: str,
    headers: Mapping[str, str] | None = None,
    etag: str = "",
) -> Response:
    etag = etag or f'"{sha256(body).hexdigest()[:32]}"'
    answer = {
        "ETag": etag,
        "Cache-Control": "private, no-cache",
        "Vary": "Accept, Accept-Language, Authorization",
        **(headers or {}),
    }
    if not {etag, "*"}.isdisjoint(_etags(request.headers.get("if-none-match", ""))):
        return Response(status_code=304, headers=answer)
    return Response(body, media_type=media, headers=answer)


def _etags(header: str) -> Iterator[str]:
    for one in header.split(","):
        yield one.strip().removeprefix("W/")


def _media(request: Request) -> str:
    """Returns what ``Accept`` prefers of what there is.

    Raises:
        Refusal: 406.
    """
    accepted = request.headers.get("accept") or "*/*"
    weights: dict[str, float] = {}
    for part in accepted.split(","):
        name, *parameters = (piece.strip().lower() for piece in part.split(";"))
        weight = 1.0
        for parameter in parameters:
            if quality := re.fullmatch(r"q=([01](?:\.\d{0,3})?)", parameter):
                weight = float(quality[1])
        weights[name] = weight

    def wanted(media: str) -> float:
        ranges = (media, f"{media.partition('/')[0]}/*", "*/*")
        return next((weights[name] for name in ranges if name in weights), 0.0)

    best = max((JSON, CSV, XLSX), key=wanted)
    if not wanted(best):
        raise Refusal(
            406,
            "not_acceptable",
            ("可得 JSON、CSV、xlsx", "there are JSON, CSV and xlsx"),
            more={"available": [JSON, CSV, XLSX]},
        )
    return best
