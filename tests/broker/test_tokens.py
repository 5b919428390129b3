"""Signed tokens (OAUTHBEARER): the broker checks signature, audience, issuer and time.

Its side is Kafka's own ``OAuthBearerValidatorCallbackHandler``, with the keys in a file
as an identity provider publishes them.
"""

import asyncio
import json
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey
from pydantic import SecretStr

from services.access.applying import WantedAccess, bring_about, opened
from services.access.doors import Doors
from services.demo.observer import Observer, observing
from services.local import EmbeddedKafka
from services.local import kafka as broker
from services.runtime.settings import Settings
from tests.broker.running import create_topics, running
from tests.broker.saying import put
from tests.broker.test_secured import NO_TOPIC, connects, write
from tests.support.saying import described, envelope
from twincity_schemas.receipt import ReceiptIssued, Verdict
from twincity_schemas.topology import inbox

AUDIENCE, ISSUER = "twincity-kafka", "https://id.example"
AGAIN_MS = 3_000
"""So long may a connection stand on one token; aiokafka's are cut then."""

_OAUTH = "org.apache.kafka.common.security.oauthbearer"
_LISTENER = "listener.name.sasl_ssl.oauthbearer.sasl"
TOKENS = f"""\
sasl.enabled.mechanisms=SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER
{_LISTENER}.jaas.config={_OAUTH}.OAuthBearerLoginModule required;
{_LISTENER}.server.callback.handler.class={_OAUTH}.OAuthBearerValidatorCallbackHandler
{_LISTENER}.oauthbearer.jwks.endpoint.url={{jwks}}
{_LISTENER}.oauthbearer.expected.audience={AUDIENCE}
{_LISTENER}.oauthbearer.expected.issuer={ISSUER}
{_LISTENER}.oauthbearer.clock.skew.seconds=1
listener.name.sasl_ssl.oauthbearer.connections.max.reauth.ms={AGAIN_MS}
"""


@dataclass(frozen=True)
class Provider:
    """Who signs: its key, and where tokens are put for one user each."""

    key: RSAKey | ECKey
    folder: Path

    def token(self, user: str, **claims: Any) -> Path:
        """Write a token that counts for ten minutes, unless a claim says otherwise."""
        now = int(time.time())
        said = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": user,
            "iat": now - 5,
            "exp": now + 600,
            **claims,
        }
        algorithm = "ES256" if isinstance(self.key, ECKey) else "RS256"
        header = {"alg": algorithm, "kid": self.key.kid}
        text = jwt.encode(header, said, self.key, algorithms=[algorithm])
        path = self.folder / f"{user}.jwt"
        path.write_text(text, "utf-8")
        return path


@dataclass(frozen=True)
class Tokened:
    """A broker that takes tokens of one provider."""

    doors: Doors
    provider: Provider
    plain: Settings

    def by(self, token: Path) -> Settings:
        """The settings of who comes with a token."""
        return self.plain.open(self.doors.for_passwords).model_copy(
            update={
                "kafka_ca": self.doors.authority.certificate,
                "kafka_token_file": token,
            }
        )


def provider(folder: Path, kid: str) -> Provider:
    folder.mkdir(exist_ok=True)
    return Provider(RSAKey.generate_key(2048, {"kid": kid}), folder)


@pytest.fixture(scope="module")
def tokened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tokened]:
    folder = tmp_path_factory.mktemp("tokens")
    made = provider(folder / "provider", "of-today")
    jwks = folder / "jwks.json"
    jwks.write_text(json.dumps({"keys": [made.key.as_dict(private=False)]}), "utf-8")
    allowed = f"-Dorg.apache.kafka.sasl.oauthbearer.allowed.urls={jwks.as_uri()}"
    with pytest.MonkeyPatch.context() as patch:
        lines = TOKENS.format(jwks=jwks.as_uri())
        patch.setattr(broker, "_SECURED", broker._SECURED + lines)
        patch.setattr(broker, "_JVM", (*broker._JVM, allowed))
        with EmbeddedKafka(folder / "kafka", secured=True) as kafka:
            doors = Doors.of(kafka, folder / "access")
            assert doors is not None
            plain = Settings(database=SecretStr(f"sqlite:///{folder}/ledger.sqlite3"))
            administrator = doors.administrator(plain)
            asyncio.run(create_topics(administrator))
            wanted = WantedAccess.of(plain)
            assert not bring_about(opened(administrator), wanted, prune=True).missing
            yield Tokened(doors, made, plain)


def test_a_signed_token_is_its_user_with_its_rights(tokened: Tokened) -> None:
    settings = tokened.by(tokened.provider.token("chengdu"))
    settings.check_security()
    assert connects(settings) == ""  # aiokafka
    assert write(settings, inbox("chengdu")) is None  # librdkafka
    assert write(settings, inbox("deyang")) == NO_TOPIC


def test_who_is_refused_is_told_why(tokened: Tokened, tmp_path: Path) -> None:
    ours, now = tokened.provider, int(time.time())
    when = f"{datetime.fromtimestamp(now - 100, UTC):%Y-%m-%dT%H:%M:%SZ}"
    foreign = provider(tmp_path / "foreign", "of-somebody")
    imitated = Provider(
        RSAKey.generate_key(2048, {"kid": "of-today"}), tmp_path / "foreign"
    )
    cases: dict[str, Path] = {
        f"has expired, at {when}": ours.token("a", iat=now - 700, exp=now - 100),
        "is for the audience “elsewhere”": ours.token("b", aud="elsewhere"),
        "issued by “https://id.elsewhere”": ours.token("c", iss="https://id.elsewhere"),
        "signed by the key “of-somebody”": foreign.token("d"),
        "signed by the key “of-today”": imitated.token("e"),
        "counts only from": ours.token("f", nbf=now + 300),
    }
    for reason, token in cases.items():
        sentence = connects(tokened.by(token))
        assert "refuses the token" in sentence, (reason, sentence)
        assert reason in sentence, sentence
        assert "令牌" in sentence
        assert token.read_text("utf-8") not in sentence
    broken = tmp_path / "broken"
    broken.write_text("no token", "utf-8")
    assert "is no JWT" in connects(tokened.by(broken))


@pytest.mark.timeout(240)
async def test_a_service_goes_on_while_its_connections_are_cut_at_each_token_s_end(
    tokened: Tokened, caplog: pytest.LogCaptureFixture
) -> None:
    """A cluster that wants every connection proved anew, and clients that cannot."""
    admission = tokened.by(tokened.provider.token("twincity.admission"))
    chengdu = tokened.by(tokened.provider.token("chengdu"))
    ours = tokened.doors.administrator(tokened.plain)
    async with running(admission, "admission"), observing(ours, lambda _: None) as seen:
        for number in range(6):
            subject = f"project/chengdu.deyang/t{number}"
            said = envelope("project.described", "chengdu", subject, f"t-{number}")
            await put(chengdu, said, described())
            await asyncio.sleep(AGAIN_MS / 2_000)
            for user in ("chengdu", "twincity.admission"):  # who renews them does so
                tokened.provider.token(user, jti=str(number))
        await seen.until("the receipts", lambda: _accepted(seen, 6))
    assert {len(given) for given in seen.receipts.values()} == {1}
    cuts = [line for line in caplog.messages if "closed" in line]
    assert len(cuts) > 3, cuts


@pytest.mark.timeout(180)
async def test_a_service_whose_token_runs_out_says_so_and_goes_on_with_the_next(
    tokened: Tokened, caplog: pytest.LogCaptureFixture
) -> None:
    short = tokened.provider.token("twincity.admission", exp=int(time.time()) + 8)
    admission = tokened.by(short)
    chengdu = tokened.by(tokened.provider.token("chengdu"))
    ours = tokened.doors.administrator(tokened.plain)
    async with running(admission, "admission"), observing(ours, lambda _: None) as seen:
        async with asyncio.timeout(90):
            while not any("it has expired, at" in line for line in caplog.messages):
                await asyncio.sleep(0.2)
        assert short.read_text("utf-8") not in caplog.text
        tokened.provider.token("twincity.admission")
        subject = "project/chengdu.deyang/after"
        said = envelope("project.described", "chengdu", subject, "after")
        await put(chengdu, said, described())
        await seen.until(
            "the receipt", lambda: "after" in {one.statement for one in _receipts(seen)}
        )


def _accepted(seen: Observer, count: int) -> bool:
    return sum(one.verdict is Verdict.ACCEPTED for one in _receipts(seen)) == count


def _receipts(seen: Observer) -> list[ReceiptIssued]:
    return [one for listed in seen.receipts.values() for one in listed]


@pytest.mark.timeout(120)
async def test_a_service_whose_token_is_refused_says_so_and_ends(
    tokened: Tokened,
) -> None:
    expired = tokened.provider.token("twincity.matching", exp=int(time.time()) - 100)
    environment = tokened.by(expired).kafka_environment()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "services.cli", "run", "matching"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env=os.environ | environment,
    )
    printed, _ = await process.communicate()
    assert process.returncode not in {0, None}
    assert "it has expired, at" in printed.decode()
    assert expired.read_text("utf-8") not in printed.decode()
