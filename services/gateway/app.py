"""The routes; every failure is a problem (RFC 9457) in the asked language."""

import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import structlog
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from services.gateway.answering import language_asked, of_one, of_several, problem_of
from services.gateway.asking import Asking, filter_of
from services.gateway.contract import ROUTES
from services.gateway.desk import Desk
from services.gateway.openapi import openapi
from services.gateway.opening import BATCH, largest, opened
from services.gateway.pages.frame import ClusterAddress
from services.gateway.pages.links import ROOT
from services.gateway.pages.site import Site
from services.gateway.receiving import SHEETS_S, STATEMENTS_S, body_of
from services.gateway.refusing import Refusal, later, to_json
from services.gateway.sessions import Sessions
from services.gateway.statements import Door, Receipts, wait_of
from services.gateway.streaming import FAMILIES, EventStream, Hub
from services.gateway.tokens import READ, WRITE, Tokens
from services.gateway.uploads import Uploads
from services.gateway.view import View
from services.rules.families import Family
from services.sheets.reading import LARGEST_FILE
from twincity_schemas.headers import media_type
from twincity_schemas.parties import Registry

log = structlog.get_logger()

Handler = Callable[[Request], Awaitable[Any]]


@dataclass(frozen=True)
class Gateway:
    """The parts that the routes work with.

    Attributes:
        view: what the topics hold.
        hub: the streams.
        receipts: who waits for one.
        door: where statements come in.
        registry: of the parties.
        tokens: which are taken; None: none is asked for, for trying alone.
        sessions: of who has signed in at the pages.
        ready: whether the view is abreast and Kafka answers.
        now: the moment it is for the pages.
        profiles: the folder of how each publisher's tables are read.
        cluster: where the topics are.
        desk: what the operators' pages ask; None: there are none.
    """

    view: View
    hub: Hub
    receipts: Receipts
    door: Door
    registry: Registry
    tokens: Tokens | None
    sessions: Sessions
    ready: Callable[[], bool]
    now: Callable[[], datetime]
    profiles: Path
    cluster: ClusterAddress = field(default_factory=ClusterAddress)
    desk: Desk | None = None

    def allow(self, request: Request, scope: str) -> None:
        """Let a request in.

        Raises:
            Refusal: 401 or 403; 503: the gateway is not ready.
        """
        if self.tokens is not None:
            authorization = request.headers.get("authorization", "")
            self.tokens.check(authorization, scope, time.time())
        self.expect_ready()

    def counts(self, authorization: str) -> bool:
        """Returns whether a token that let a reader in counts now, too."""
        try:
            if self.tokens is not None:
                self.tokens.check(authorization, READ, time.time())
        except Refusal:
            return False
        return True

    def expect_ready(self) -> None:
        """Let nobody see half of what there is.

        Raises:
            Refusal: 503.
        """
        if not self.ready():
            raise later(
                503,
                "not_ready",
                ("网关正在读取或等待 Kafka", "the gateway reads up, or awaits Kafka"),
                2,
            )


Lifespan = Callable[[Starlette], AbstractAsyncContextManager[None]]


def application(gateway: Gateway, lifespan: Lifespan | None = None) -> Starlette:
    """The gateway as an ASGI application."""
    asking = Asking(gateway.view)
    uploads = Uploads(gateway.door, gateway.view, gateway.registry, gateway.profiles)
    prefer = "prefer"

    async def say(request: Request) -> Response:
        gateway.allow(request, WRITE)
        content_type = request.headers.get("content-type", "")
        body = await body_of(request, largest(content_type), STATEMENTS_S)
        messages = opened(request.headers.raw, body)
        wait_s = wait_of(request.headers.get(prefer, ""))
        answers = await gateway.door.take(messages, wait_s)
        if media_type(content_type) != BATCH:
            return of_one(answers[0])
        language = language_asked(request)
        results = [answer.document(language) for answer in answers]
        return of_several(answers, results, language)

    def read(answer: Callable[[Request], Response]) -> Handler:
        async def answered(request: Request) -> Response:
            gateway.allow(request, READ)
            return answer(request)

        return answered

    async def receipt(request: Request) -> Response:
        gateway.allow(request, READ)
        asked = request.headers.get(prefer, "")
        wait_s = wait_of(asked) if "wait" in asked else 0.0
        place = request.path_params["place"]
        return asking.receipt(request, await gateway.receipts.of(place, wait_s))

    async def events(request: Request) -> EventStream:
        gateway.allow(request, READ)
        query = request.query_params
        name = query.get("family", str(Family.RECORD))
        if name not in FAMILIES:
            known = "、".join(FAMILIES)
            raise Refusal(
                400,
                "family",
                (
                    f"family 应为 {known}",
                    f"family must be one of {', '.join(FAMILIES)}",
                ),
            )
        last = request.headers.get("last-event-id") or query.get("after", "")
        wanted = filter_of(query, FAMILIES[name])
        authorization = request.headers.get("authorization", "")
        may_read = partial(gateway.counts, authorization)
        return EventStream(gateway.hub, wanted, last, may_read)

    async def described(request: Request) -> Response:
        return Response(
            to_json(openapi(language_asked(request))), media_type="application/json"
        )

    async def health(_request: Request) -> Response:
        state = {"ready": gateway.ready(), "events": gateway.view.last}
        return Response(
            to_json(state | {"streams": gateway.hub.readers}),
            200 if gateway.ready() else 503,
            media_type="application/json",
        )

    routes = [
        Route("/statements", say, methods=["POST"]),
        Route("/sheets", partial(_say_list, gateway, uploads), methods=["POST"]),
        Route("/records", read(asking.records)),
        Route("/records/{key:path}", read(asking.record)),
        Route("/subjects/{subject:path}", read(asking.subject)),
        Route("/receipts", read(asking.receipts)),
        Route("/receipts/{place:path}", receipt),
        Route("/trace/{subject:path}", read(asking.trace)),
        Route("/due", read(asking.due)),
        Route("/match/{entry:path}/explain", read(asking.explain)),
        Route("/events", events),
        Route("/openapi.json", described),
        Route("/health", health),
        *ROUTES,
        Route("/", lambda _request: RedirectResponse(f"{ROOT}/")),
        Site(
            view=gateway.view,
            registry=gateway.registry,
            allow=partial(gateway.allow, scope=READ),
            expect_ready=gateway.expect_ready,
            sessions=gateway.sessions,
            door=gateway.door,
            uploads=uploads,
            cluster=gateway.cluster,
            closed=gateway.hub.closed,
            now=gateway.now,
            desk=gateway.desk,
        ).mount(),
    ]
    return Starlette(
        routes=routes,
        exception_handlers={
            Refusal: _refused,
            HTTPException: _not_routed,
            ClientDisconnect: _gone,
            Exception: _fault,
        },
        lifespan=lifespan,
    )


async def _say_list(gateway: Gateway, uploads: Uploads, request: Request) -> Response:
    gateway.allow(request, WRITE)
    body = await body_of(request, LARGEST_FILE, SHEETS_S)
    shown, preview = await uploads.take(request.query_params, body)
    language = language_asked(request)
    results = [{"from": at} | answer.document(language) for at, answer in preview]
    return of_several([answer for _, answer in preview], results, language, shown)


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refusal)  # noqa: S101  as it is registered
    return problem_of(error, language_asked(request))


async def _not_routed(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101  as it is registered
    words = {
        404: ("没有此路径", "there is no such path"),
        405: ("此路径不支持该方法", "the path does not take this method"),
    }.get(error.status_code, ("请求有误", error.detail))
    refusal = Refusal(
        error.status_code, "http", words, headers=dict(error.headers or {})
    )
    return problem_of(refusal, language_asked(request))


async def _gone(_request: Request, _error: Exception) -> Response:
    return Response(status_code=499)  # nobody reads it


async def _fault(request: Request, error: Exception) -> Response:
    log.error("request.failed", path=request.url.path, reason=repr(error))
    words = ("程序错误", "a fault of ours")
    return problem_of(Refusal(500, "fault", words), language_asked(request))
