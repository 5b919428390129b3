"""What is answered where something does not go: a problem (RFC 9457), zh and en."""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from services.runtime.errors import TwinCityError
from twincity_schemas.problems import Problem
from twincity_schemas.words import Words

PROBLEM = "application/problem+json"


class Refusal(TwinCityError):  # noqa: N818  reads as what it says
    """A request that is not done, and why.

    Attributes:
        status: of HTTP.
        code: for programs; the last part of the problem's ``type``.
        problems: each with its JSON pointer.
        headers: beside the answer, such as ``Retry-After``.
        more: members of the problem that are its own.
    """

    def __init__(  # noqa: PLR0913  each is a member of the answer
        self,
        status: int,
        code: str,
        words: tuple[str, str],
        *,
        problems: Iterable[Problem] = (),
        headers: Mapping[str, str] | None = None,
        more: Mapping[str, Any] | None = None,
    ) -> None:
        self.status, self.code = status, code
        self.words = Words(*words)
        self.problems = tuple(problems)
        self.headers = dict(headers or {})
        self.more = dict(more or {})
        super().__init__(f"{self.words.zh} {self.words.en}")

    def document(self, language: str) -> dict[str, Any]:
        """The members of the problem; texts in both languages beside the asked one."""
        document: dict[str, Any] = {
            "type": f"urn:twincity:problem:{self.code}",
            "status": self.status,
            "title": getattr(self.words, language),
            "title_zh": self.words.zh,
            "title_en": self.words.en,
            **self.more,
        }
        if self.problems:
            document["problems"] = [
                {
                    "pointer": one.pointer,
                    "code": one.code,
                    "detail": getattr(one, language),
                    "zh": one.zh,
                    "en": one.en,
                }
                for one in self.problems
            ]
        return document


def later(status: int, code: str, words: tuple[str, str], seconds: int = 1) -> Refusal:
    """A refusal that is over after some seconds."""
    return Refusal(status, code, words, headers={"Retry-After": str(seconds)})


def unknown(what: str) -> Refusal:
    """404: there is nothing of that name."""
    return Refusal(404, "unknown", (f"没有 {what}", f"there is no {what}"))


_RANGE = re.compile(
    r"([A-Za-z*]{1,8})(?:-[A-Za-z0-9-]*)?(?:;\s*q=([01](?:\.\d{0,3})?))?"
)


def language_of(accepted: str) -> str:
    """``zh`` or ``en``, whichever ``Accept-Language`` prefers; ``en`` where neither."""
    weights = {"zh": 0.0, "en": 0.0}
    for part in accepted.split(","):
        if (language := _RANGE.fullmatch(part.strip())) and language[
            1
        ].lower() in weights:
            name = language[1].lower()
            weights[name] = max(weights[name], float(language[2] or 1))
    return "zh" if weights["zh"] > weights["en"] else "en"


def to_json(document: Any) -> bytes:
    """JSON in UTF-8, Chinese as it is written; lone surrogates escaped."""
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    try:
        return text.encode()
    except UnicodeEncodeError:
        return json.dumps(document).encode()
