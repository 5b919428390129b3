"""What surrounds a page: the templates, the language, where the reader is."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from services.gateway.desk import Desk
from services.gateway.pages import links
from services.gateway.pages.telling import Tell
from services.gateway.refusing import language_of
from services.gateway.sessions import Visitor
from services.gateway.view import View
from twincity_schemas.values import earlier
from twincity_schemas.words import Words

LANGUAGES = ("zh", "en")
COOKIE = "language"
_HERE = Path(__file__).parent
STATIC = _HERE / "static"
_EPOCH = datetime.fromtimestamp(0, UTC)
_YEAR_S = 31_536_000


class NavigationEntry(NamedTuple):
    """A line of the navigation: where it leads, what it is called, under what."""

    path: str
    words: Words
    group: Words
    under: str | tuple[str, ...]
    """How the paths of its pages begin, such as ``/pages/project/``."""


class ClusterAddress(NamedTuple):
    """The cluster as its clients reach it.

    Attributes:
        servers: of Kafka, ``host:port`` by commas; "" where nobody says it.
        prefix: before the names of its topics.
        secured: whether clients have to say who they are.
    """

    servers: str = ""
    prefix: str = ""
    secured: bool = False


class Asked(NamedTuple):
    """The way a request came.

    Attributes:
        host: under which name the gateway is asked.
        base: the address that the gateway was asked by, ``http://127.0.0.1:8080``.
        address: of the client, as nginx says it where that stands before us.
    """

    host: str = ""
    address: str = ""
    base: str = ""

    @classmethod
    def of(cls, request: Request) -> "Asked":
        """Read a request."""
        client = request.client
        url = request.url
        address = client.host if client else ""
        return cls(url.hostname or "", address, f"{url.scheme}://{url.netloc}")


@dataclass(frozen=True)
class Visit:
    """A request for a page, and all that a page looks at.

    Attributes:
        path: of the page, without the query.
        query: as asked; nothing in it can be relied on.
        view: what the topics hold.
        tell: writes values in the visitor's language.
        day: which day it is for the page, ``2026-11-26``: what is overdue, is then.
        navigation: what there is to go to.
        params: what the path names.
        who: who looks at it.
        sent: how it was sent.
        may_sign_in: whether anybody can sign in at this gateway.
        moment: it is for the page, as precisely as it is known.
        cluster: where the topics are.
        desk: what the operators' pages ask; None: there are none.
    """

    path: str
    query: Mapping[str, str]
    view: View
    tell: Tell
    day: str
    navigation: tuple[NavigationEntry, ...] = ()
    params: Mapping[str, Any] = field(default_factory=dict)
    who: Visitor = field(default_factory=Visitor)
    sent: Asked = field(default_factory=Asked)
    may_sign_in: bool = False
    moment: datetime = _EPOCH
    cluster: ClusterAddress = field(default_factory=ClusterAddress)
    desk: Desk | None = None

    def asked(self, name: str) -> str:
        """Returns what is asked under a name; "" for nothing."""
        return self.query.get(name, "")

    @property
    def number(self) -> int:
        """Returns the page of a list that is asked for, from 1; 1 for nonsense."""
        asked = self.asked("page")
        return max(1, int(asked)) if re.fullmatch(r"[0-9]{1,6}", asked) else 1

    def here(self, **instead: str) -> str:
        """This page asked in another way, its language as it is."""
        query = {k: v for k, v in self.query.items() if k != "lang"}
        return links.changed(self.path, query, **instead)

    def is_over(self, due: str) -> bool:
        """Returns whether a partial date's last day is before the page's."""
        return earlier(due, self.day)

    def current(self, entry: NavigationEntry) -> bool:
        """Returns whether the page belongs to this line of the navigation."""
        return self.path == entry.path or self.path.startswith(entry.under)


def language_chosen(request: Request) -> str:
    """As asked in the address, chosen before, or preferred by the browser."""
    for chosen in (request.query_params.get("lang"), request.cookies.get(COOKIE)):
        if chosen in LANGUAGES:
            return chosen
    return language_of(request.headers.get("accept-language", ""))


def show(visit: Visit, template: str, status: int = 200, **data: Any) -> Response:
    """Answer with a page."""
    answer = HTMLResponse(render(visit, template, **data), status)
    answer.headers["Content-Language"] = visit.tell.language
    answer.headers["Vary"] = "Accept-Language, Cookie"
    answer.headers["Cache-Control"] = "private, no-cache"
    if visit.query.get("lang") in LANGUAGES:
        answer.set_cookie(
            COOKIE, visit.tell.language, max_age=_YEAR_S, path=links.ROOT,
            httponly=True, samesite="lax",
        )  # fmt: skip
    return answer


def render(visit: Visit, template: str, **data: Any) -> str:
    """A page as HTML."""
    tell = visit.tell
    return _templates().get_template(template).render(
        visit=visit, tell=tell, t=tell.t, links=links, **data
    )  # fmt: skip


def warm() -> None:
    """Compile every template: else the first reader of each page would wait for it."""
    for name in _templates().list_templates():
        _templates().get_template(name)


@cache
def _templates() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters["svg"] = Markup  # of drawing.py alone, which escapes
    return environment
