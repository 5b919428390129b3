"""Who looks at the pages: sessions, the seal on every form, attempts to sign in.

A session is kept here, in memory: its cookie is chance and says nothing. What a
visitor may do is looked up again at every request, so that a token's end, a key's end
or a change of the people's file counts at once. A form carries a seal that only its
visitor's cookie fits.
"""

import hmac
import secrets
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from ipaddress import IPv6Address, ip_address
from typing import Any

from services.gateway.people import PeopleFile, Person, Right
from services.gateway.refusing import Refusal, later
from services.gateway.tokens import READ, WRITE, Tokens

LONGEST_S = 8 * 3600
"""How long a session lasts, however it is used."""

_MOST = 1_000
"""Sessions at a time; the oldest ends where there would be more."""

_COOKIE_BYTES = 32
_LONGEST_COOKIE = 64
_WINDOW_S = 900
_MOST_FAILED = {"address": 30, "name": 50, "both": 5}
"""Attempts that may fail within the window; a name alone has more, or anybody could
keep its owner out."""
_MOST_COUNTED = 10_000


@dataclass(frozen=True)
class Visitor:
    """A reader of pages, signed in or not.

    Attributes:
        name: as acts record it; "" for nobody in particular.
        party: in whose name; "" for nobody's.
        rights: what the visitor may do here.
        cookie: as it came; "" where there is none.
        seal: what this visitor's forms carry; "" without a cookie.
        signed_in: whether there is a session.
    """

    name: str = ""
    party: str = ""
    rights: frozenset[Right] = frozenset()
    cookie: str = field(default="", repr=False)
    seal: str = field(default="", repr=False)
    signed_in: bool = False

    def may(self, right: Right) -> bool:
        """Returns whether the visitor may do something."""
        return right in self.rights


@dataclass(frozen=True)
class Purpose:
    """The use of a gateway: its rights, and who may have them.

    Attributes:
        rights: what anybody at all can do here; whoever signs in has a part of it.
        everybody: what needs no signing in: a gateway for trying is read by all.
        party: whose it is; "" where it is nobody's or everybody's.
        tokens: of which parties sign in; None: of none.
        people: who sign in by a password; None: nobody.
    """

    rights: frozenset[Right] = frozenset({READ, WRITE})
    everybody: frozenset[Right] = frozenset()
    party: str = ""
    tokens: Tokens | None = None
    people: PeopleFile | None = None


@dataclass(frozen=True)
class _Session:
    until: float
    token: str = ""
    person: Person | None = None


class Sessions:
    """The sessions of a gateway.

    Args:
        purpose: what it is for, and who may sign in.
    """

    def __init__(self, purpose: Purpose) -> None:
        self.purpose = purpose
        self._key = secrets.token_bytes(32)
        self._kept: OrderedDict[bytes, _Session] = OrderedDict()

    def visitor(self, cookie: str, now: float) -> Visitor:
        """Look up who a cookie is.

        Args:
            cookie: as the browser sent it, "" for none.
            now: seconds since 1970.
        """
        if len(cookie) > _LONGEST_COOKIE:
            cookie = ""
        nobody = Visitor(
            rights=self.purpose.everybody, cookie=cookie, seal=self.seal(cookie)
        )
        session = self._kept.get(_digest(cookie)) if cookie else None
        if session is None or now >= session.until:
            return nobody
        known = self._known(session, now)
        if known is None:
            return nobody
        name, party, rights = known
        rights = rights & self.purpose.rights | self.purpose.everybody
        return Visitor(name, party, rights, cookie, nobody.seal, signed_in=True)

    def _known(
        self, session: _Session, now: float
    ) -> tuple[str, str, frozenset[Right]] | None:
        """Name, party and rights of who has a session, if they still count."""
        purpose, person = self.purpose, session.person
        if person is not None:
            entered = purpose.people.find(person.name) if purpose.people else None
            if entered is None or entered.password != person.password:
                return None
            return entered.name, purpose.party, entered.rights
        try:
            claims = self._claims(session.token, now)
        except Refusal:
            return None
        scope = str(claims.get("scope", "")).split()
        party = str(claims["iss"])
        return party, party, frozenset(r for r in (READ, WRITE) if r in scope)

    def _claims(self, token: str, now: float) -> Mapping[str, Any]:
        if self.purpose.tokens is None:
            raise Refusal(
                401, "unauthorized", ("此处不能以令牌登录", "no token signs in here")
            )
        return self.purpose.tokens.claims(token, now)

    def by_token(self, token: str, now: float) -> str:
        """Open a session for a party's token; returns its cookie.

        It ends with the token at the latest.

        Args:
            token: the party's.
            now: seconds since 1970.

        Raises:
            Refusal: 401, the token does not count here.
        """
        until = min(now + LONGEST_S, self._claims(token, now)["exp"])
        return self._open(_Session(until, token=token))

    def of(self, person: Person, now: float) -> str:
        """Open a session for who gave the right password; returns its cookie.

        Args:
            person: who.
            now: seconds since 1970.
        """
        return self._open(_Session(now + LONGEST_S, person=person))

    def _open(self, session: _Session) -> str:
        cookie = self.fresh()
        self._kept[_digest(cookie)] = session
        if len(self._kept) > _MOST:
            self._kept.popitem(last=False)
        return cookie

    def close(self, cookie: str) -> None:
        """End a session, if there is one."""
        self._kept.pop(_digest(cookie), None)

    def seal(self, cookie: str) -> str:
        """Returns what the forms of whoever has this cookie carry; "" without one."""
        if not cookie:
            return ""
        return hmac.digest(self._key, cookie.encode(), "sha256").hex()

    @staticmethod
    def fresh() -> str:
        """Returns a new cookie, that nobody can guess, and that has no session yet."""
        return secrets.token_urlsafe(_COOKIE_BYTES)


class Attempts:
    """Counts attempts to sign in, so that guessing has an end.

    Each counts as failed from its beginning, so that many at a time gain nothing.
    """

    def __init__(self) -> None:
        self._failed: OrderedDict[tuple[str, ...], tuple[float, int]] = OrderedDict()

    def begin(self, name: str, address: str, now: float) -> None:
        """Count one attempt.

        Args:
            name: who it is said to be; "" for a token's.
            address: of the client.
            now: seconds since 1970.

        Raises:
            Refusal: 429, too many have failed.
        """
        for key in _counted(name, address):
            since, failed = self._failed.get(key, (now, 0))
            if now - since < _WINDOW_S and failed >= _MOST_FAILED[key[0]]:
                raise later(
                    429,
                    "too_many_attempts",
                    ("登录失败次数过多，请稍后再试", "too many attempts have failed"),
                    int(since + _WINDOW_S - now) + 1,
                )
        for key in _counted(name, address):
            since, failed = self._failed.pop(key, (now, 0))
            fresh = now - since >= _WINDOW_S
            self._failed[key] = (now, 1) if fresh else (since, failed + 1)
            if len(self._failed) > _MOST_COUNTED:
                self._failed.popitem(last=False)

    def succeeded(self, name: str, address: str) -> None:
        """Take the last attempt back: it was the right one."""
        for key in _counted(name, address):
            since, failed = self._failed.get(key, (0.0, 0))
            if failed > 1:
                self._failed[key] = since, failed - 1
            else:
                self._failed.pop(key, None)


def _counted(name: str, address: str) -> Iterable[tuple[str, ...]]:
    address = _network(address)
    yield "address", address
    if name:
        yield "name", name
        yield "both", name, address


def _network(address: str) -> str:
    """Returns what one client cannot change at will: of IPv6 the first 64 bits."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address):
        return parsed.exploded[:19]
    return str(parsed)


def _digest(cookie: str) -> bytes:
    return sha256(cookie.encode(errors="replace")).digest()
