"""What a POST is answered with: its receipt, each one's of several, or a problem."""

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from services.gateway.refusing import PROBLEM, Refusal, language_of, to_json
from services.gateway.statements import REJECTED, Answer, rejected, status_of

_JSON = "application/json"


def of_one(answer: Answer) -> Response:
    """The receipt, or where it will be.

    Raises:
        Refusal: there is none, or it says that the statement was rejected.
    """
    if answer.refusal is not None:
        raise answer.refusal
    if answer.status == REJECTED:
        raise rejected(answer)
    headers = {"Content-Location": answer.location}
    if answer.receipt is None:
        headers = {"Location": answer.location, "Retry-After": "1"}
    body = to_json(answer.receipt or {"receipt": answer.location})
    return Response(body, answer.status, headers, media_type=_JSON)


def of_several(
    answers: Sequence[Answer],
    results: Sequence[dict[str, Any]],
    language: str,
    more: Mapping[str, Any] | None = None,
) -> Response:
    """Each one's answer, under the status that its sender has to act on most.

    Args:
        answers: those.
        results: what is told of each.
        language: of the texts.
        more: members of the answer beside ``results``.
    """
    answer = {**(more or {}), "results": results}
    status = status_of(answers) if answers else 200
    if status in {200, 202}:
        return Response(to_json(answer), status, media_type=_JSON)
    failed = next((a.refusal for a in answers if a.refusal is not None), None)
    if failed is None:
        words = ("有填报被退回", "statements were rejected")
        failed = Refusal(status, "rejected", words)
    words = (failed.words.zh, failed.words.en)
    return problem_of(
        Refusal(status, failed.code, words, headers=failed.headers, more=answer),
        language,
    )


def language_asked(request: Request) -> str:
    """Returns which language a request prefers."""
    return language_of(request.headers.get("accept-language", ""))


def problem_of(refusal: Refusal, language: str) -> Response:
    """A refusal as it is answered."""
    return Response(
        to_json(refusal.document(language)),
        refusal.status,
        {"Content-Language": language, **refusal.headers},
        media_type=PROBLEM,
    )
