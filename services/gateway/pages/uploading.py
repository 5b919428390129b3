"""A spreadsheet at a page: shown, confirmed by who was shown it, said.

The same code as ``POST /sheets``; what a form adds is that the file is held between
the preview and the confirmation, since no form can send it again by itself.
"""

import time
from typing import Any

import structlog
from starlette.datastructures import QueryParams
from starlette.responses import Response

from services.gateway.heldfiles import HeldFiles
from services.gateway.pages.forms import FileForm, Form
from services.gateway.pages.frame import Visit
from services.gateway.pages.spreadsheets import MANY_LINES, ONE_LINE, spreadsheets
from services.gateway.refusing import Refusal
from services.gateway.uploads import Uploads
from services.sheets.kept import profiles_of

log = structlog.get_logger()


class Spreadsheets:
    """The page, for who may say something at it.

    Args:
        uploads: reads lists and says what is new in them.
    """

    def __init__(self, uploads: Uploads) -> None:
        self._uploads = uploads
        self._held = HeldFiles()

    def form(self, visit: Visit) -> Response:
        """The empty form; whoever may not use it is told why."""
        return self._page(visit, {})

    async def take(self, visit: Visit, uploaded: FileForm) -> Response:
        """Show what a file would say; where that is confirmed, say it.

        Raises:
            Refusal: 403, the visitor has signed in for no party.
        """
        if not visit.who.party:
            words = ("请以主体身份登录", "sign in for a party")
            raise Refusal(403, "no_party", words)
        form, cookie, now = uploaded.fields, visit.who.cookie, time.time()
        key = form.get("held", "")
        if uploaded.content:
            key = self._held.hold(cookie, uploaded.name, uploaded.content, now)
        file = self._held.file(cookie, key, now)
        if file is None:
            words = (
                "请选择文件；已上传的文件保留半小时",
                "choose a file; one that was uploaded is held for half an hour",
            )
            return self._page(visit, form, wrong=Refusal(400, "no_file", words))
        try:
            previewed, answered = await self._uploads.take(
                _query(visit, form, file.name), file.content
            )
        except Refusal as refusal:
            return self._page(visit, form, wrong=refusal, held=(key, file.name))
        if previewed["confirmed"]:
            log.info("person.said", by=visit.who.name, statements=len(answered))
        return self._page(
            visit, form, previewed=previewed, answered=answered, held=(key, file.name)
        )

    def _page(self, visit: Visit, form: Form, **come_of_it: Any) -> Response:
        party = visit.who.party
        profiles = profiles_of(self._uploads.profiles, party) if party else []
        return spreadsheets(visit, profiles, form, **come_of_it)


def _query(visit: Visit, form: Form, file: str) -> QueryParams:
    """The form as the query of ``POST /sheets``, always in the visitor's own name."""
    query = [("party", visit.who.party), ("file", file)]
    query += [(name, form.get(name, "").strip()) for name in (*ONE_LINE, "confirm")]
    for name in MANY_LINES:
        lines = (line.strip() for line in form.get(name, "").splitlines())
        query += [(name, line) for line in lines if line]
    return QueryParams(query)
