"""Signing in and out: a form, a cookie, a line of the log for each."""

import re
import time

import anyio
import structlog
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from services.gateway.pages import links
from services.gateway.pages.forms import Form
from services.gateway.pages.frame import Visit, show
from services.gateway.people import is_password
from services.gateway.refusing import Refusal
from services.gateway.sessions import Attempts, Sessions, Visitor

log = structlog.get_logger()

COOKIE = "session"
_LOOPBACK = {"127.0.0.1", "::1", "localhost"}
_OURS = re.compile(rf"{links.ROOT}/[!-\[\]-~]*")


class SignIn:
    """The pages of signing in.

    Args:
        sessions: of the gateway.
    """

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions
        self._attempts = Attempts()
        # scrypt takes 32 MB a try: one at a time, whoever asks.
        self._one = anyio.CapacityLimiter(1)

    @property
    def possible(self) -> bool:
        """Returns whether anybody can sign in here."""
        purpose = self._sessions.purpose
        return purpose.tokens is not None or purpose.people is not None

    def visitor(self, request: Request) -> Visitor:
        """Returns who a request comes from, by its cookie."""
        return self._sessions.visitor(request.cookies.get(COOKIE, ""), time.time())

    def form(
        self, visit: Visit, onward: str = "", wrong: Refusal | None = None
    ) -> Response:
        """Returns the form, and a cookie that its seal fits.

        Args:
            visit: of whichever page asked for it.
            onward: where to go afterwards.
            wrong: why the last attempt failed, or why signing in is needed.
        """
        cookie = visit.who.cookie or self._sessions.fresh()
        purpose = self._sessions.purpose
        answer = show(
            visit,
            "sign_in.html",
            200 if wrong is None else wrong.status,
            onward=_inward(onward),
            wrong=wrong,
            seal=self._sessions.seal(cookie),
            by_password=purpose.people is not None,
            by_token=purpose.tokens is not None,
        )
        if wrong is not None:
            answer.headers.update(wrong.headers)
        if cookie != visit.who.cookie:
            _give(answer, cookie, visit.sent.host)
        return answer

    async def sign_in(self, visit: Visit, form: Form) -> Response:
        """Open a session, or say that the attempt has failed."""
        address = visit.sent.address
        onward, name = form.get("onward", ""), form.get("name", "").strip()[:60]
        try:
            self._attempts.begin(name, address, time.time())
            cookie = await self._opened(form, name)
        except Refusal as refusal:
            log.warning("person.refused", by=name, address=address, code=refusal.code)
            return self.form(visit, onward, refusal)
        self._attempts.succeeded(name, address)
        self._sessions.close(visit.who.cookie)
        signed_in = self._sessions.visitor(cookie, time.time())
        log.info("person.signed_in", by=signed_in.name, address=address)
        answer = RedirectResponse(_inward(onward), 303)
        # A new cookie always: one that somebody has put there opens nothing.
        _give(answer, cookie, visit.sent.host)
        return answer

    async def _opened(self, form: Form, name: str) -> str:
        now = time.time()
        if token := form.get("token", "").strip():
            return self._sessions.by_token(token, now)
        people = self._sessions.purpose.people
        person = None if people is None else people.find(name)
        right = await anyio.to_thread.run_sync(
            is_password, person, form.get("password", ""), limiter=self._one
        )
        if person is None or not right:
            raise Refusal(
                401,
                "unauthorized",
                ("姓名或密码不正确", "the name or the password is wrong"),
            )
        return self._sessions.of(person, now)

    def sign_out(self, visit: Visit, _form: Form) -> Response:
        """End the session."""
        self._sessions.close(visit.who.cookie)
        log.info("person.signed_out", by=visit.who.name)
        answer = RedirectResponse(f"{links.ROOT}/", 303)
        answer.delete_cookie(COOKIE, path=links.ROOT)
        return answer


def _inward(path: str) -> str:
    """A place of ours to go to; the first page instead of any other."""
    return path if _OURS.fullmatch(path) else f"{links.ROOT}/"


def _give(answer: Response, cookie: str, host: str) -> None:
    answer.set_cookie(
        COOKIE, cookie, path=links.ROOT, httponly=True, samesite="strict",
        secure=host not in _LOOPBACK,
    )  # fmt: skip
