"""What a form says, once it is certain that a page of ours sent it.

Two things have to be so, each enough by itself (OWASP, «Cross-Site Request Forgery
Prevention»): the browser says that the form came from this host, and the form carries
the seal of its visitor's cookie, which no other site can know.
"""

import secrets
from collections.abc import AsyncGenerator, Mapping
from typing import NamedTuple
from urllib.parse import parse_qsl, urlsplit

from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from services.gateway.receiving import SHEETS_S, body_of
from services.gateway.refusing import Refusal
from services.gateway.sessions import Visitor

SEAL = "seal"
LARGEST = 65_536
_MOST_FIELDS = 100
_FIELDS = "application/x-www-form-urlencoded"
_FILE = "multipart/form-data"

Form = Mapping[str, str]


class FileForm(NamedTuple):
    """A form that may carry one file.

    Attributes:
        fields: as of every form.
        name: of the file; "" where none was chosen.
        content: of the file.
    """

    fields: Form
    name: str = ""
    content: bytes = b""


async def form_of(request: Request, who: Visitor) -> Form:
    """Read a form that does something.

    Args:
        request: that posted it.
        who: the visitor, by the request's cookie.

    Raises:
        Refusal: 403, it is not certain that our page sent it; 413 or 415.
    """
    return _unsealed(dict(await fields_of(request, LARGEST, _MOST_FIELDS)), who)


async def file_form_of(request: Request, who: Visitor, largest: int) -> FileForm:
    """Read a form that may carry a file.

    Args:
        request: that posted it.
        who: the visitor, by the request's cookie.
        largest: bytes that the file may have.

    Raises:
        Refusal: 403, it is not certain that our page sent it; 400, 408, 413 or 415.
    """
    _expect_ours(request, _FILE)
    body = await body_of(request, largest + LARGEST, SHEETS_S)

    async def parts() -> AsyncGenerator[bytes, None]:
        yield body

    parser = MultiPartParser(
        request.headers,
        parts(),
        max_files=1,
        max_fields=_MOST_FIELDS,
        max_part_size=LARGEST,
    )
    try:
        form = await parser.parse()
    except MultiPartException:
        raise _unreadable() from None
    fields: dict[str, str] = {}
    name, content = "", b""
    try:
        for field, value in form.multi_items():
            if isinstance(value, UploadFile):
                name, content = value.filename or "", await value.read()
            else:
                fields[field] = value
    finally:
        await form.close()
    return FileForm(_unsealed(fields, who), name, content)


async def fields_of(request: Request, largest: int, most: int) -> list[tuple[str, str]]:
    """Read what a form says, in its order; enough for one that changes nothing.

    Args:
        request: that posted it.
        largest: bytes that it may have.
        most: fields.

    Raises:
        Refusal: 403, another site's page sent it; 400, 413 or 415.
    """
    _expect_ours(request, _FIELDS)
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > largest:
            raise Refusal(413, "too_large", ("表单过大", "the form is too large"))
    try:
        return parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=most)
    except ValueError:
        raise _unreadable() from None


def _expect_ours(request: Request, media_type: str) -> None:
    if not _of_this_host(request):
        raise Refusal(
            403, "foreign_form", ("表单并非来自本站", "the form is of another site")
        )
    content_type = request.headers.get("content-type", "").partition(";")[0].strip()
    if content_type != media_type:
        raise Refusal(415, "media_type", ("请以表单提交", "send it as a form"))


def _unreadable() -> Refusal:
    return Refusal(400, "form", ("表单有误", "the form cannot be read"))


def _unsealed(fields: dict[str, str], who: Visitor) -> Form:
    seal = fields.pop(SEAL, "").encode(errors="replace")
    if not who.seal or not secrets.compare_digest(seal, who.seal.encode()):
        raise Refusal(
            403,
            "seal",
            (
                "表单已失效，请重新打开页面再提交；除本机外须经 HTTPS 并允许 Cookie",
                "the form is out of date: open its page again, with cookies, by HTTPS",
            ),
        )
    return fields


def _of_this_host(request: Request) -> bool:
    """Returns whether the browser says so; one that says nothing is none of ours."""
    headers = request.headers
    site = headers.get("sec-fetch-site")
    if site is not None and site != "same-origin":
        return False
    sent_by = headers.get("origin") or headers.get("referer")
    if sent_by is None:
        return site is not None
    try:
        return urlsplit(sent_by).netloc.lower() == headers.get("host", "").lower()
    except ValueError:
        return False
