"""The routes of the pages, what every answer carries, and errors as pages."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from datetime import datetime
from inspect import isawaitable
from typing import Any

import structlog
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.routing import Mount, Route

from services.gateway.desk import Desk
from services.gateway.pages import (
    boards,
    dispatches,
    entry,
    integrators,
    kinds,
    links,
    operating,
    opportunities,
    pools,
    project,
    projects,
    receipts,
    saying,
    sections,
    today,
    traces,
    uploading,
)
from services.gateway.pages.carried import Carried, KeptFiles
from services.gateway.pages.forms import Form, fields_of, file_form_of, form_of
from services.gateway.pages.frame import (
    STATIC,
    Asked,
    ClusterAddress,
    Visit,
    language_chosen,
    show,
    warm,
)
from services.gateway.pages.posting import Saying
from services.gateway.pages.signing import SignIn
from services.gateway.pages.telling import Tell
from services.gateway.people import Right
from services.gateway.refusing import Refusal
from services.gateway.sessions import Sessions, Visitor
from services.gateway.statements import Door
from services.gateway.streaming import HEADERS, HEARTBEAT_S
from services.gateway.tokens import READ, WRITE
from services.gateway.uploads import Uploads
from services.gateway.view import View
from services.runtime.errors import TwinCityError
from services.sheets.reading import LARGEST_FILE
from twincity_schemas.parties import CHINA, Registry

log = structlog.get_logger()

Page = Callable[[Visit], Any]
"""A page: gives a response, at once or awaited; raises Refusal."""

Acted = Callable[[Visit, Form], Any]
"""What a form does: likewise."""

PAGES: tuple[tuple[str, Page], ...] = (
    ("/today", today.today),
    ("/projects", projects.projects),
    ("/project/{members}/{name}", project.project),
    ("/opportunities", opportunities.opportunities),
    ("/opportunity/{members}/{name}", entry.entry),
    ("/pool/{name}", pools.pool),
    ("/pool/{name}/workbook.xlsx", pools.workbook),
    *((f"/{kind.plural}", kinds.listing(name)) for name, kind in kinds.KINDS.items()),
    *(
        (f"/{name}/{{members}}/{{name}}", kinds.subject(name))
        for name, kind in kinds.KINDS.items()
        if kind.page is not None
    ),
    *(
        (f"/{name}/{{members}}/{{name}}/workbook.xlsx", kinds.tables_workbook(name))
        for name, kind in kinds.KINDS.items()
        if kind.page is not None
    ),
    ("/dispatch/{members}/{name}", dispatches.dispatch),
    ("/dispatch/{members}/{name}/workbook.xlsx", dispatches.dispatch_workbook),
    ("/board/{members}/{name}", boards.board),
    ("/board/{members}/{name}/workbook.xlsx", boards.board_workbook),
    ("/integrators", integrators.integrators),
    ("/say/{fact}", saying.form),
    ("/receipts", receipts.receipts),
    ("/stream", receipts.stream),
    *operating.PAGES,
    ("/statement/{statement:path}", traces.statement),
    ("/receipt/{place:path}", traces.receipt),
    ("/trace/{subject:path}", traces.trace),
    ("/{kind}/{members}/{name}", kinds.any_subject),  # the last of that shape
)

Handler = Callable[[Request], Awaitable[Response]]

FORMS: tuple[tuple[str, Acted, Right], ...] = (*operating.FORMS,)
"""What is posted where, and the right that it takes."""

_CHANGES_S = 1.5


class Site:
    """The pages as an application to be mounted.

    Args:
        view: what the topics hold.
        registry: of the parties.
        allow: lets a request in by its own token, or raises Refusal.
        expect_ready: raises Refusal where the view is not yet whole.
        sessions: of those who have signed in.
        door: where statements come in.
        uploads: what reads lists.
        cluster: where the topics are, for the snippets.
        closed: is set when every stream has to end.
        now: the moment it is; a cluster in story time has another than the clock.
        desk: what the operators' pages ask; None: there are none.
    """

    def __init__(  # noqa: PLR0913  all that pages rest on
        self,
        *,
        view: View,
        registry: Registry,
        allow: Callable[[Request], None],
        expect_ready: Callable[[], None],
        sessions: Sessions,
        door: Door,
        uploads: Uploads,
        cluster: ClusterAddress,
        closed: asyncio.Event,
        now: Callable[[], datetime],
        desk: Desk | None = None,
    ) -> None:
        self._view = view
        self._registry = registry
        self._allow = allow
        self._expect_ready = expect_ready
        self._signing = SignIn(sessions)
        self._saying = Saying(door)
        self._spreadsheets = uploading.Spreadsheets(uploads)
        self._cluster = cluster
        self._closed = closed
        self._now = now
        self._desk = desk
        self._sections = (
            *sections.SECTIONS,
            *(operating.SECTIONS if desk is not None else ()),
        )

    def mount(self) -> Mount:
        """Everything under ``/pages``."""
        warm()
        signing = self._signing
        routes = [
            Route("/", lambda _: RedirectResponse(sections.SECTIONS[0].path)),
            Route("/sign-in", self._answering(_sign_in_form(signing), None)),
            *(
                Route(path, self._taking(act, right), methods=["POST"])
                for path, act, right in (
                    *FORMS,
                    ("/say", self._saying.send, WRITE),
                    ("/sign-in", signing.sign_in, None),
                    ("/sign-out", signing.sign_out, None),
                )
            ),
            Route("/say/{fact}", self._checking, methods=["POST"]),
            Route("/sheets", self._uploading, methods=["POST"]),
            Route("/sheets", self._answering(self._spreadsheets.form)),
            *(Route(path, self._answering(page)) for path, page in PAGES),
            Route("/changes", self._changes),
            Mount("/static", KeptFiles(directory=STATIC)),
        ]
        application = Starlette(
            routes=routes,
            middleware=[Middleware(GZipMiddleware), Middleware(Carried)],
            exception_handlers={
                Refusal: self._refused,
                HTTPException: self._refused,
            },
        )
        return Mount(links.ROOT, application)

    def _visit(self, request: Request, who: Visitor) -> Visit:
        language = language_chosen(request)
        return Visit(
            request.url.path,
            request.query_params,
            self._view,
            Tell(language, self._registry, self._view),
            f"{self._now().astimezone(CHINA):%Y-%m-%d}",
            self._sections,
            request.path_params,
            who,
            Asked.of(request),
            self._signing.possible,
            self._now(),
            self._cluster,
            self._desk,
        )

    def _admitted(self, request: Request, right: Right | None) -> Visitor:
        """Returns who asks, if the right is theirs.

        Raises:
            Refusal: 401 or 403; 503: the gateway is not ready.
        """
        who = self._signing.visitor(request)
        if right == READ and not who.may(READ):
            self._allow(request)  # by a token in the request itself, or not at all
        elif right is not None:
            if not who.may(right):
                raise _forbidden(who)
            self._expect_ready()
        return who

    def _answering(self, page: Page, right: Right | None = READ) -> Handler:
        async def answer(request: Request) -> Response:
            visit = self._visit(request, self._admitted(request, right))
            return await self._answer(request, page, visit)

        return answer

    def _taking(self, act: Acted, right: Right | None) -> Handler:
        async def answer(request: Request) -> Response:
            who = self._admitted(request, right)
            form = await form_of(request, who)
            return await self._answer(request, act, self._visit(request, who), form)

        return answer

    async def _checking(self, request: Request) -> Response:
        """Judge what a form says: nothing comes of it, so it needs no seal."""
        visit = self._visit(request, self._admitted(request, READ))
        values = await fields_of(request, saying.LARGEST, saying.MOST_FIELDS)
        return await self._answer(request, saying.check, visit, values)

    async def _uploading(self, request: Request) -> Response:
        who = self._admitted(request, WRITE)
        file_form = await file_form_of(request, who, LARGEST_FILE)
        visit = self._visit(request, who)
        return await self._answer(request, self._spreadsheets.take, visit, file_form)

    async def _answer(
        self, request: Request, page: Callable[..., Any], *asked: Any
    ) -> Response:
        try:
            answer = page(*asked)
            answered: Response = await answer if isawaitable(answer) else answer
        except (Refusal, HTTPException):
            raise
        except Exception as error:  # noqa: BLE001  it is answered, and logged once
            return await self._refused(request, error)
        return answered

    async def _changes(self, request: Request) -> Response:
        self._admitted(request, READ)
        headers = {name.decode(): value.decode() for name, value in HEADERS}
        return StreamingResponse(self._changing(request), headers=headers)

    async def _changing(self, request: Request) -> AsyncIterator[str]:
        """Say that something has changed since a page was written.

        It is said once for all that came at a time; and also of what came before the
        page had connected.
        """
        last, quiet = request.query_params.get("since", f"{self._view.last}"), 0.0
        yield ": \n\n"
        while not self._closed.is_set() and self._admits_still(request):
            with suppress(TimeoutError):
                await asyncio.wait_for(self._closed.wait(), _CHANGES_S)
            quiet += _CHANGES_S
            if last != f"{self._view.last}":
                last, quiet = f"{self._view.last}", 0.0
                yield f"event: changed\ndata: {last}\n\n"
            elif quiet >= HEARTBEAT_S:
                quiet = 0.0
                yield ": \n\n"

    def _admits_still(self, request: Request) -> bool:
        try:
            self._admitted(request, READ)
        except Refusal as refusal:
            return refusal.status == 503  # noqa: PLR2004  an outage ends no stream
        return True

    async def _refused(self, request: Request, error: Exception) -> Response:
        match error:
            case Refusal():
                refusal = error
            case TwinCityError():  # the cluster, asked by a page
                refusal = Refusal(503, "unavailable", (str(error), str(error)))
            case HTTPException(status_code=404):
                refusal = Refusal(404, "http", ("没有此页", "There is no such page"))
            case HTTPException():
                refusal = Refusal(error.status_code, "http", ("请求有误", error.detail))
            case _:
                log.error("page.failed", path=request.url.path, reason=repr(error))
                refusal = Refusal(
                    500,
                    "fault",
                    ("程序错误，已记入日志", "A fault of ours; it is logged"),
                )
        visit = self._visit(request, self._signing.visitor(request))
        if refusal.status == 401 and visit.may_sign_in:  # noqa: PLR2004  as HTTP has it
            return self._signing.form(visit, visit.here(), refusal)
        answer = show(visit, "error.html", refusal.status, refusal=refusal)
        answer.headers.update(refusal.headers)
        return answer


def _sign_in_form(signing: SignIn) -> Page:
    return lambda visit: signing.form(visit, visit.asked("onward"))


def _forbidden(who: Visitor) -> Refusal:
    if not who.signed_in:
        return Refusal(401, "unauthorized", ("请先登录", "sign in first"))
    return Refusal(403, "right", ("您没有此项权限", "you have no right to do this"))
