"""The contract to look at, to read and to fill in: catalogue, AsyncAPI, workbooks."""

from functools import cache, lru_cache

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.gateway.refusing import language_of, to_json, unknown
from services.gateway.workbooks import XLSX
from services.sheets.writing import template
from twincity_schemas.asyncapi import asyncapi
from twincity_schemas.contract import contract
from twincity_schemas.generate import examples
from twincity_schemas.page import page


@cache
def _page() -> bytes:
    return page(contract(), examples()).encode()


@cache
def _asyncapi(language: str) -> bytes:
    return to_json(asyncapi(contract(), examples(), "zh" if language == "zh" else "en"))


async def _catalogue(_request: Request) -> Response:
    # Drawing it takes a second, in which the streams go on.
    return Response(await run_in_threadpool(_page), media_type="text/html")


async def _described(request: Request) -> Response:
    language = language_of(request.headers.get("accept-language", ""))
    body = await run_in_threadpool(_asyncapi, language)
    return Response(
        body,
        headers={"Content-Language": language, "Vary": "Accept-Language"},
        media_type="application/json",
    )


@lru_cache(maxsize=100)
def _workbook(fact: str) -> bytes:
    try:
        return template(fact)
    except KeyError:
        raise unknown(fact) from None


async def _template(request: Request) -> Response:
    fact = request.path_params["fact"]
    body = await run_in_threadpool(_workbook, fact)
    named = f'attachment; filename="{fact}.xlsx"'
    return Response(body, headers={"Content-Disposition": named}, media_type=XLSX)


ROUTES = (
    Route("/catalogue", _catalogue),
    Route("/asyncapi.json", _described),
    Route("/templates/{fact}", _template),
)
"""For everyone: a contract is no secret."""
