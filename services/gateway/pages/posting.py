"""Sends a statement that a form has built, in the name of who has signed in."""

import structlog
from starlette.responses import RedirectResponse, Response

from services.gateway.opening import opened
from services.gateway.pages import links
from services.gateway.pages.forms import Form
from services.gateway.pages.frame import Visit, show
from services.gateway.refusing import Refusal
from services.gateway.statements import DEFAULT_WAIT_S, Door
from twincity_schemas.message import STRUCTURED

log = structlog.get_logger()


class Saying:
    """Sends what a form has built.

    Args:
        door: of the gateway, where statements come in.
    """

    def __init__(self, door: Door) -> None:
        self._door = door

    async def send(self, visit: Visit, form: Form) -> Response:
        """Send a statement in the visitor's party's name; its receipt is the answer.

        Raises:
            Refusal: 403, it is in another party's name; or as the door has it.
        """
        headers = [(b"content-type", STRUCTURED.encode())]
        (message,) = opened(headers, form.get("statement", "").encode())
        if not visit.who.party or message.party != visit.who.party:
            raise Refusal(
                403,
                "foreign_source",
                (
                    "只能以登录主体的名义填报",
                    "you speak for the party that you have signed in for",
                ),
            )
        (answer,) = await self._door.take([message], DEFAULT_WAIT_S)
        if answer.refusal is not None:
            raise answer.refusal
        log.info("person.said", by=visit.who.name, place=answer.place)
        if answer.receipt is None:
            return show(visit, "sent.html", 202, place=answer.place)
        return RedirectResponse(links.of_receipt(answer.place), 303)
