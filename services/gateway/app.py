"""The routes; every failure is a problem (RFC 9457) in the asked language."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any

import structlog
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from services.gateway.asking import Asking, filter_of
from services.gateway.openapi import openapi
from services.gateway.opening import largest, opened, too_large
from services.gateway.refusing import PROBLEM, Refusal, language_of, later, to_json
from services.gateway.rows import Family
from services.gateway.statements import (
    REJECTED,
    Answer,
    Door,
    Receipts,
    rejected,
    status_of,
    wait_of,
)
from services.gateway.streaming import EventStream, Hub
from services.gateway.tokens import READ, WRITE, Tokens
from services.gateway.view import View

log = structlog.get_logger()

_BODY_S = 10.0
"""How long a body may take to arrive."""

_FAMILIES = {
    str(family): family for family in (Family.RECORD, Family.RECEIPT, Family.NOTICE)
}

Handler = Callable[[Request], Awaitable[Any]]


@dataclass(frozen=True)
class Gateway:
    """What the routes work with.

    Attributes:
        view: what the topics hold.
        hub: the streams.
        receipts: who waits for one.
        door: where statements come in.
        tokens: which are taken; None: none is asked for, for trying alone.
        ready: whether the view is abreast and Kafka answers.
    """

    view: View
    hub: Hub
    receipts: Receipts
    door: Door
    tokens: Tokens | None
    ready: Callable[[], bool]

    def allow(self, request: Request, scope: str) -> None:
        """Let a request in.

        Raises:
            Refusal: 401 or 403; 503: the gateway is not ready.
        """
        if self.tokens is not None:
            given = request.headers.get("authorization", "")
            self.tokens.check(given, scope, time.time())
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
    prefer = "prefer"

    async def say(request: Request) -> Response:
        gateway.allow(request, WRITE)
        batch, body = await _body(request)
        messages = opened(request.headers.raw, body)
        wait_s = wait_of(request.headers.get(prefer, ""))
        answers = await gateway.door.take(messages, wait_s)
        language = _language(request)
        return _of_batch(answers, language) if batch else _of_one(answers[0])

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
        if name not in _FAMILIES:
            known = "、".join(_FAMILIES)
            raise Refusal(
                400,
                "family",
                (
                    f"family 应为 {known}",
                    f"family must be one of {', '.join(_FAMILIES)}",
                ),
            )
        last = request.headers.get("last-event-id") or query.get("after", "")
        return EventStream(gateway.hub, filter_of(query, _FAMILIES[name]), last)

    async def described(request: Request) -> Response:
        return Response(
            to_json(openapi(_language(request))), media_type="application/json"
        )

    async def health(_request: Request) -> Response:
        found = {"ready": gateway.ready(), "events": gateway.view.last}
        return Response(
            to_json(found | {"streams": gateway.hub.readers}),
            200 if gateway.ready() else 503,
            media_type="application/json",
        )

    routes = [
        Route("/statements", say, methods=["POST"]),
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


async def _body(request: Request) -> tuple[bool, bytes]:
    """Whether it is a batch, and the body.

    Raises:
        Refusal: 408 or 413.
    """
    content_type = request.headers.get("content-type", "")
    limit = largest(content_type)
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared[:12]) > limit:
        raise too_large(limit)
    body = bytearray()
    try:
        async with asyncio.timeout(_BODY_S):
            async for part in request.stream():
                body += part
                if len(body) > limit:
                    raise too_large(limit)
    except TimeoutError:
        raise Refusal(
            408, "slow", ("请求未在时限内到齐", "the request did not arrive in time")
        ) from None
    return "cloudevents-batch" in content_type.lower(), bytes(body)


def _of_one(answer: Answer) -> Response:
    if answer.refusal is not None:
        raise answer.refusal
    if answer.status == REJECTED:
        raise rejected(answer)
    headers = {"Content-Location": answer.location}
    if answer.receipt is None:
        headers = {"Location": answer.location, "Retry-After": "1"}
    body = to_json(answer.receipt or {"receipt": answer.location})
    return Response(body, answer.status, headers, media_type="application/json")


def _of_batch(answers: list[Answer], language: str) -> Response:
    status = status_of(answers)
    results = [answer.document(language) for answer in answers]
    if status in {200, 202}:
        body = to_json({"results": results})
        return Response(body, status, media_type="application/json")
    failed = next((a.refusal for a in answers if a.refusal is not None), None)
    if failed is None:
        words = ("有陈述被退回", "statements were rejected")
        failed = Refusal(status, "rejected", words)
    failed = Refusal(
        status,
        failed.code,
        (failed.words.zh, failed.words.en),
        headers=failed.headers,
        more={"results": results},
    )
    return _problem(failed, language)


def _language(request: Request) -> str:
    return language_of(request.headers.get("accept-language", ""))


def _problem(refusal: Refusal, language: str) -> Response:
    return Response(
        to_json(refusal.document(language)),
        refusal.status,
        {"Content-Language": language, **refusal.headers},
        media_type=PROBLEM,
    )


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refusal)  # noqa: S101  as it is registered
    return _problem(error, _language(request))


async def _not_routed(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101  as it is registered
    words = {
        404: ("没有此路径", "there is no such path"),
        405: ("此路径不支持该方法", "the path does not take this method"),
    }.get(error.status_code, ("请求有误", error.detail))
    refusal = Refusal(
        error.status_code, "http", words, headers=dict(error.headers or {})
    )
    return _problem(refusal, _language(request))


async def _gone(_request: Request, _error: Exception) -> Response:
    return Response(status_code=499)  # nobody reads it


async def _fault(request: Request, error: Exception) -> Response:
    log.error("request.failed", path=request.url.path, reason=repr(error))
    words = ("程序错误", "a fault of ours")
    return _problem(Refusal(500, "fault", words), _language(request))
