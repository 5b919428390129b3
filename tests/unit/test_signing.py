"""Signing in at the pages: who may, for how long, and what a form has to carry."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from joserfc.jwk import OKPKey
from typer.testing import CliRunner

from services.cli.people import app as people_app
from services.gateway.pages import site
from services.gateway.pages.frame import Visit, show
from services.gateway.people import OPERATE, PeopleFile, hashed, is_password
from services.gateway.refusing import Refusal
from services.gateway.sessions import LONGEST_S, Attempts, Purpose, Sessions
from services.gateway.tokens import READ, WRITE, Tokens, sign
from tests.support.folding import REGISTRY
from tests.support.gateway import Fake
from twincity_schemas.parties import PublicKey

pytestmark = pytest.mark.unit

KEY = OKPKey.generate_key("Ed25519")
_PUBLIC = PublicKey(id="k1", ed25519=KEY.as_dict()["x"], since=date(2024, 1, 1))
KEYED = REGISTRY.model_copy(
    update={
        "party": tuple(
            party.model_copy(update={"keys": (_PUBLIC,)}) for party in REGISTRY.party
        )
    }
)
PASSWORD = "correct horse battery"
HASHED = hashed(PASSWORD)
ORIGIN = {"origin": "http://x", "sec-fetch-site": "same-origin"}


def now() -> int:
    return int(datetime.now(UTC).timestamp())


def token(scope: str = "read write", party: str = "chengdu", seconds: int = 600) -> str:
    return sign(KEY, f"{party}/k1", scope, now(), seconds)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "people.toml"
    path.write_text(entry("王芳", "read", "operate") + entry("Li Lei", "read"), "utf-8")
    return path


def entry(name: str, *rights: str, password: str = HASHED) -> str:
    return (
        f'[[person]]\nname = "{name}"\nrights = {[*rights]}\npassword = "{password}"\n'
    )


def fake(file: Path, **changes: Any) -> Fake:
    tokens = Tokens(KEYED, None)
    purpose = {
        "rights": frozenset({READ, WRITE, OPERATE}),
        "tokens": tokens,
        "people": PeopleFile(file),
    }
    return Fake(REGISTRY, REGISTRY.codes, tokens, purpose=Purpose(**purpose | changes))


@asynccontextmanager
async def asking(
    made: Fake, base: str = "http://x"
) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(made.app)
    async with httpx.AsyncClient(
        transport=transport, base_url=base, headers={"accept-language": "en"}
    ) as client:
        yield client


def seal_of(page: str) -> str:
    found = re.search(r'name="seal" value="([0-9a-f]*)"', page)
    assert found is not None
    return found[1]


async def form(client: httpx.AsyncClient, **said: str) -> httpx.Response:
    """Open the form as a browser does, and send it."""
    page = await client.get("/pages/sign-in")
    said = {"seal": seal_of(page.text), **said}
    cookie = page.headers.get("set-cookie", "").partition(";")[0]
    headers = ORIGIN | {"origin": str(client.base_url).rstrip("/")}
    headers |= {"cookie": cookie} if cookie else {}
    return await client.post("/pages/sign-in", data=said, headers=headers)


async def signed_in(client: httpx.AsyncClient, **said: str) -> str:
    """Sign in; the cookie header of the session."""
    answer = await form(client, **said)
    assert answer.status_code == 303, answer.text
    return answer.headers["set-cookie"].partition(";")[0]


BY_PASSWORD = {"name": "王芳", "password": PASSWORD}


async def test_a_person_signs_in_and_out(file: Path) -> None:
    async with asking(fake(file)) as client:
        assert (await client.get("/pages/today")).status_code == 401
        answer = await form(
            client, onward="/pages/projects?domain=transport", **BY_PASSWORD
        )
        assert answer.headers["location"] == "/pages/projects?domain=transport"
        given = answer.headers["set-cookie"].lower()
        for part in ("httponly", "samesite=strict", "secure", "path=/pages"):
            assert part in given
        cookie = {"cookie": answer.headers["set-cookie"].partition(";")[0]}
        page = await client.get("/pages/today", headers=cookie)
        assert page.status_code == 200
        assert "王芳" in page.text
        seal = {"seal": seal_of(page.text)}
        out = await client.post("/pages/sign-out", data=seal, headers=ORIGIN | cookie)
        assert out.status_code == 303
        assert (await client.get("/pages/today", headers=cookie)).status_code == 401


async def test_on_loopback_the_cookie_needs_no_tls(file: Path) -> None:
    async with asking(fake(file), "http://127.0.0.1") as client:
        given = (await client.get("/pages/sign-in")).headers["set-cookie"].lower()
        assert "secure" not in given
        assert "httponly" in given


async def test_a_party_signs_in_by_its_token(file: Path) -> None:
    async with asking(fake(file)) as client:
        cookie = {"cookie": await signed_in(client, token=token())}
        page = await client.get("/pages/today", headers=cookie)
        assert page.status_code == 200
        assert "Chengdu" in page.text
        # Only pages take the cookie: a form elsewhere could carry it.
        assert (await client.get("/records", headers=cookie)).status_code == 401


@pytest.mark.parametrize(
    "said",
    [
        {"name": "王芳", "password": PASSWORD + "r"},
        {"name": "nobody", "password": PASSWORD},
        {"name": "", "password": ""},
        {"name": "王芳"},
        {"token": "x.y.z"},
        {"token": "\u8bd7"},
        {},
    ],
)
async def test_who_does_not_get_in(file: Path, said: dict[str, str]) -> None:
    async with asking(fake(file)) as client:
        answer = await form(client, **said)
        assert answer.status_code == 401
        assert "session" not in answer.headers.get("set-cookie", "")
        assert PASSWORD not in answer.text


async def test_a_token_signs_in_at_its_partys_gateway_alone(file: Path) -> None:
    made = fake(file, tokens=Tokens(KEYED, "chengdu"), party="chengdu")
    async with asking(made) as client:
        assert (await form(client, token=token(party="deyang"))).status_code == 401
        await signed_in(client, token=token())
    async with asking(fake(file, tokens=None)) as client:  # the operators'
        assert (await form(client, token=token())).status_code == 401


def test_a_session_ends_by_itself(file: Path) -> None:
    sessions = Sessions(fake(file).purpose or Purpose())
    at = now()
    people = PeopleFile(file)
    person = people.find("王芳")
    assert person is not None
    cookie = sessions.of(person, at)
    assert sessions.visitor(cookie, at + LONGEST_S - 1).may(OPERATE)
    assert not sessions.visitor(cookie, at + LONGEST_S).signed_in
    brief = sessions.by_token(token(seconds=600), at)
    assert sessions.visitor(brief, at + 300).may(WRITE)
    assert not sessions.visitor(brief, at + 601).signed_in


def test_what_is_taken_away_counts_at_once(file: Path) -> None:
    tokens = Tokens(KEYED, None)
    sessions = Sessions(
        Purpose(
            frozenset({READ, WRITE, OPERATE}), tokens=tokens, people=PeopleFile(file)
        )
    )
    person = PeopleFile(file).find("王芳")
    assert person is not None
    cookie, partys = sessions.of(person, now()), sessions.by_token(token(), now())
    assert sessions.visitor(cookie, now()).may(OPERATE)
    file.write_text(entry("王芳", "read"), "utf-8")
    assert sessions.visitor(cookie, now()).signed_in
    assert not sessions.visitor(cookie, now()).may(OPERATE)
    file.write_text(entry("王芳", "read", password=hashed("another password")), "utf-8")
    assert not sessions.visitor(cookie, now()).signed_in
    file.write_text("no [toml", "utf-8")
    assert not sessions.visitor(cookie, now()).signed_in
    tokens.registry = REGISTRY  # the key is there no more
    assert not sessions.visitor(partys, now()).signed_in


def test_nobody_may_more_than_the_gateway_is_for(file: Path) -> None:
    purpose = Purpose(frozenset({READ}), people=PeopleFile(file))
    person = PeopleFile(file).find("王芳")
    assert person is not None
    sessions = Sessions(purpose)
    who = sessions.visitor(sessions.of(person, now()), now())
    assert who.rights == {READ}
    partys = Sessions(Purpose(frozenset({READ, OPERATE}), tokens=Tokens(KEYED, None)))
    asked = partys.by_token(token("read write operate"), now())
    assert partys.visitor(asked, now()).rights == {READ}  # a token operates nothing


@pytest.mark.parametrize(
    ("headers", "seal"),
    [
        ({"sec-fetch-site": "cross-site", "origin": "http://x"}, True),
        ({"sec-fetch-site": "same-site", "origin": "http://y.x"}, True),
        ({"origin": "http://y"}, True),
        ({"origin": "null"}, True),
        ({"referer": "http://y/pages/sign-in"}, True),
        ({}, True),
        (ORIGIN, False),
    ],
)
async def test_a_form_of_another_site_does_nothing(
    file: Path, headers: dict[str, str], *, seal: bool
) -> None:
    async with asking(fake(file)) as client:
        cookie = {"cookie": await signed_in(client, **BY_PASSWORD)}
        page = await client.get("/pages/today", headers=cookie)
        said = {"seal": seal_of(page.text) if seal else "0" * 64}
        answer = await client.post(
            "/pages/sign-out", data=said, headers=headers | cookie
        )
        assert answer.status_code == 403
        assert (await client.get("/pages/today", headers=cookie)).status_code == 200


async def test_a_seal_fits_one_visitor_alone(file: Path) -> None:
    async with asking(fake(file)) as client:
        mine = {"cookie": await signed_in(client, **BY_PASSWORD)}
        page = await client.get("/pages/sign-in")  # somebody else's browser
        foreign = {"seal": seal_of(page.text)}
        answer = await client.post(
            "/pages/sign-out", data=foreign, headers=ORIGIN | mine
        )
        assert answer.status_code == 403


async def test_a_cookie_that_somebody_put_there_opens_nothing(file: Path) -> None:
    """Session fixation: signing in gives a new cookie, whatever there was."""
    async with asking(fake(file)) as client:
        planted = {"cookie": "session=planted-by-somebody-else-0000000000000000"}
        page = await client.get("/pages/sign-in", headers=planted)
        assert "set-cookie" not in page.headers
        said = {"seal": seal_of(page.text), **BY_PASSWORD}
        answer = await client.post(
            "/pages/sign-in", data=said, headers=ORIGIN | planted
        )
        assert answer.status_code == 303
        assert "planted" not in answer.headers["set-cookie"]
        assert (await client.get("/pages/today", headers=planted)).status_code == 401


async def test_a_cookie_that_was_changed_is_nobodys(file: Path) -> None:
    async with asking(fake(file)) as client:
        cookie = await signed_in(client, **BY_PASSWORD)
        last = "A" if cookie[-1] != "A" else "B"
        for wrong in (
            cookie[:-1] + last,
            cookie + "A",
            "session=",
            "session=" + "x" * 9_000,
        ):
            answer = await client.get("/pages/today", headers={"cookie": wrong})
            assert answer.status_code == 401, wrong[:80]


@pytest.mark.parametrize(
    "onward",
    [
        "https://y/",
        "//y/",
        "/\\y",
        "/pages/\r\nx: y",
        "javascript:alert(1)",
        "/records",
    ],
)
async def test_signing_in_leads_nowhere_else(file: Path, onward: str) -> None:
    async with asking(fake(file)) as client:
        answer = await form(client, onward=onward, **BY_PASSWORD)
        assert answer.headers["location"] == "/pages/"


async def test_a_form_is_small_and_a_form(file: Path) -> None:
    async with asking(fake(file)) as client:
        cookie = {"cookie": await signed_in(client, **BY_PASSWORD)}
        headers = (
            ORIGIN | cookie | {"content-type": "application/x-www-form-urlencoded"}
        )
        for body, status in (
            (b"x=" + b"y" * 70_000, 413),
            (b"&".join(b"a%d=1" % n for n in range(200)), 400),
            (b"\xff\xfe=1", 400),
        ):
            answer = await client.post("/pages/sign-out", content=body, headers=headers)
            assert answer.status_code == status
        answer = await client.post("/pages/sign-out", json={}, headers=ORIGIN | cookie)
        assert answer.status_code == 415


async def test_guessing_has_an_end(file: Path) -> None:
    async with asking(fake(file)) as client:
        wrong = {"name": "王芳", "password": "not the password"}
        found = [(await form(client, **wrong)).status_code for _ in range(6)]
        assert found == [401] * 5 + [429]
        answer = await form(client, **BY_PASSWORD)
        assert answer.status_code == 429
        assert int(answer.headers["retry-after"]) > 600
        await signed_in(client, name="Li Lei", password=PASSWORD)  # another person may


def test_attempts_are_counted_by_name_and_network() -> None:
    attempts = Attempts()
    for one in range(30):
        attempts.begin(f"n{one}", f"2001:db8::{one}", 0)
    with pytest.raises(Refusal):
        attempts.begin("n", "2001:db8::ffff", 1)
    attempts.begin("n", "2001:db9::1", 1)
    attempts.begin("n", "2001:db8::ffff", 901)
    spread = Attempts()
    for one in range(50):
        spread.begin("王芳", f"10.0.0.{one}", 0)
    with pytest.raises(Refusal):
        spread.begin("王芳", "10.0.1.1", 0)
    right = Attempts()
    for _ in range(100):
        right.begin("王芳", "10.0.0.1", 0)
        right.succeeded("王芳", "10.0.0.1")


async def test_many_attempts_at_a_time_gain_nothing(file: Path) -> None:
    async with asking(fake(file)) as client:
        wrong = {"name": "王芳", "password": "not the password"}
        found = await asyncio.gather(*(form(client, **wrong) for _ in range(12)))
        assert sorted(one.status_code for one in found) == [401] * 5 + [429] * 7


def test_a_password_is_compared_as_it_is(file: Path) -> None:
    person = PeopleFile(file).find("王芳")
    assert is_password(person, PASSWORD)
    assert not is_password(person, PASSWORD + " ")
    assert not is_password(None, PASSWORD)
    assert hashed(PASSWORD) != HASHED  # a salt each


NOTHING = Refusal(200, "done", ("已办", "done"))


async def test_an_act_takes_its_right(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[tuple[str, str]] = []

    def act(visit: Visit, said: Any) -> Any:
        done.append((visit.who.name, said["why"]))
        return show(visit, "error.html", refusal=NOTHING)

    monkeypatch.setattr(site, "FORMS", (("/act", act, OPERATE),))
    async with asking(fake(file)) as client:
        said = {"why": "it was mended", "seal": "0" * 64}
        assert (
            await client.post("/pages/act", data=said, headers=ORIGIN)
        ).status_code == 401
        for other in ({"name": "Li Lei", "password": PASSWORD}, {"token": token()}):
            cookie = {"cookie": await signed_in(client, **other)}
            page = await client.get("/pages/today", headers=cookie)
            said["seal"] = seal_of(page.text)
            answer = await client.post("/pages/act", data=said, headers=ORIGIN | cookie)
            assert answer.status_code == 403
        assert done == []
        cookie = {"cookie": await signed_in(client, **BY_PASSWORD)}
        assert (await client.get("/pages/act", headers=cookie)).status_code == 405
        page = await client.get("/pages/today", headers=cookie)
        said["seal"] = seal_of(page.text)
        await client.post("/pages/act", data=said, headers=ORIGIN | cookie)
        assert done == [("王芳", "it was mended")]


async def test_without_people_and_tokens_the_pages_say_that_they_are_read_alone() -> (
    None
):
    made = Fake(REGISTRY, REGISTRY.codes)  # for trying
    async with asking(made) as client:
        page = await client.get("/pages/today")
        assert page.status_code == 200
        assert "Read only" in page.text
        form_ = await client.get("/pages/sign-in")
        assert "No people are registered" in form_.text
        assert "<form" not in form_.text.partition("<main")[2]


def test_people_are_entered_by_a_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "new" / "people.toml"
    monkeypatch.setenv("TWINCITY_PEOPLE", str(path))
    run = CliRunner().invoke
    given = PASSWORD + "\n"
    assert run(people_app, ["add", "王芳", "--right", "operate"], given).exit_code == 0
    assert run(people_app, ["add", "Li Lei"], given).exit_code == 0
    assert path.stat().st_mode & 0o777 == 0o600
    assert PASSWORD not in path.read_text("utf-8")
    people = PeopleFile(path)
    assert is_password(people.find("王芳"), PASSWORD)
    again = run(people_app, ["add", "王芳"], "another password\n")
    assert again.exit_code == 0
    assert is_password(people.find("王芳"), "another password")
    assert "Li Lei" in run(people_app, ["list", "--json"]).output
    assert run(people_app, ["remove", "王芳"]).exit_code == 0
    assert people.find("王芳") is None
    for wrong in (["remove", "王芳"], ["add", "x", "--right", "everything"]):
        assert run(people_app, wrong, given).exit_code != 0
    assert run(people_app, ["add", "x"], "short\n").exit_code != 0
    assert people.find("x") is None
