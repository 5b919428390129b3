"""Settings of a secured cluster: what contradicts is said, a secret never is."""

import json
import ssl
from base64 import urlsafe_b64encode
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.local.certificates import Authority
from services.runtime.bearer import expiry, refusal
from services.runtime.connecting import (
    broker_options,
    client_options,
    librdkafka_options,
)
from services.runtime.errors import WrongSetting
from services.runtime.security import Mechanism
from services.runtime.settings import Settings
from tests.support.commands import ARGUMENTS, commands, twincity

CANARY = "the-canary-of-the-mine"  # in every secret setting, and in no line


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    made = Authority(tmp_path / "authority")
    made.issue("chengdu")
    return made


def env(**given: object) -> dict[str, str]:
    return {f"TWINCITY_KAFKA_{name.upper()}": str(v) for name, v in given.items()}


def test_a_secret_is_in_no_line_of_any_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = tmp_path / "secret"
    secret.write_text(CANARY, "utf-8")
    (tmp_path / "binary").write_bytes(CANARY.encode() + b"\xff")
    ways: list[dict[str, str]] = [
        env(user="chengdu", password=CANARY),
        env(user="chengdu", password=CANARY, sasl="PLAIN"),
        env(user="chengdu", password=CANARY, password_file=secret),
        env(password=CANARY),
        env(user="chengdu", password=CANARY, sasl="GSSAPI"),
        env(user="chengdu", password_file=tmp_path / "binary"),
        env(token_file=secret, tls="true"),
        env(ca=secret),
        env(certificate=secret, key_password=CANARY),
        env(certificate="none.pem", key_password=CANARY),
    ]
    monkeypatch.setenv("TWINCITY_KAFKA", "127.0.0.1:1")
    monkeypatch.setenv("TWINCITY_LOG_LEVEL", "DEBUG")
    for command in ("topics check", "say", "status", "access show", "run", "up"):
        assert command in commands()
        for way in ways:
            with monkeypatch.context() as patch:
                for name, value in way.items():
                    patch.setenv(name, value)
                ran = twincity(
                    capsys, patch, *command.split(), *ARGUMENTS.get(command, ()),
                    *(["--port", "1"] if command == "up" else []),
                )  # fmt: skip
            assert CANARY not in ran.out + ran.err, (command, way)
    for way in ways[:2]:
        with monkeypatch.context() as patch:
            for name, value in way.items():
                patch.setenv(name, value)
            assert CANARY not in repr(Settings()) + str(Settings())


def test_what_contradicts_or_cannot_be_read_is_one_sentence(
    authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ca, mine = authority.certificate, authority.of("chengdu")
    other = Authority(tmp_path / "other").issue("chengdu")
    empty = tmp_path / "empty"
    empty.touch()
    for reason, way in {
        "KAFKA_PASSWORD_FILE is not set": env(user="chengdu"),
        "KAFKA_USER is not set": env(password="x"),
        "both set": env(user="a", password="x", password_file=empty),
        "PLAIN is for TLS alone": env(user="a", password="x", sasl="plain"),
        "OAUTHBEARER is for TLS alone": env(token_file=empty),
        "KAFKA_TOKEN_FILE is not set": env(sasl="oauthbearer", ca=ca),
        "KAFKA_CA=": env(ca=empty),
        "KAFKA_CA=none.pem cannot be used": env(ca="none.pem"),
        "KAFKA_CERTIFICATE=": env(ca=ca, certificate=ca),
        "KAFKA_KEY=none.key cannot be used": env(
            ca=ca, certificate=mine, key="none.key"
        ),
        "is not the key of": env(ca=ca, certificate=mine, key=other),
        "KAFKA_KEY wants": env(ca=ca, key=mine),
        "KAFKA_PASSWORD_FILE=none": env(user="a", password_file="none"),
    }.items():
        with monkeypatch.context() as patch:
            for name, value in way.items():
                patch.setenv(name, value)
            with pytest.raises(WrongSetting, match=reason) as wrong:
                Settings.load()
            assert any(character > "一" for character in str(wrong.value))


def test_each_library_is_told_the_same(authority: Authority) -> None:
    ca = authority.certificate
    plain = Settings().open("a:1,b:2")
    assert client_options(plain)["security_protocol"] == "PLAINTEXT"
    assert broker_options(plain)["bootstrap_servers"] == ["a:1", "b:2"]
    assert librdkafka_options(plain) == {
        "bootstrap.servers": "a:1,b:2",
        "security.protocol": "PLAINTEXT",
    }
    known = Settings().known("a:1", ca, "chengdu", Mechanism.SCRAM_512, "x")
    told = client_options(known)
    assert isinstance(told["ssl_context"], ssl.SSLContext)
    assert told["ssl_context"].verify_mode is ssl.CERT_REQUIRED
    assert told["ssl_context"].check_hostname
    assert told["sasl_mechanism"] == "SCRAM-SHA-512"
    assert broker_options(known)["security"].password == "x"
    assert librdkafka_options(known)["sasl.password"] == "x"
    certified = Settings().certified("a:1", ca, authority.of("chengdu"))
    assert client_options(certified)["security_protocol"] == "SSL"
    # Nothing of who one was before is left, and a child is told the same.
    assert (
        known.open("a:1").kafka_environment() == plain.open("a:1").kafka_environment()
    )


def test_a_child_is_told_the_same(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    ca = authority.certificate
    known = Settings().known("a:1", ca, "chengdu", Mechanism.SCRAM_512, "x")
    monkeypatch.setenv("TWINCITY_KAFKA_CERTIFICATE", "of-its-parent.pem")
    for name, value in known.kafka_environment().items():
        monkeypatch.setenv(name, value)
    assert Settings() == known


CLAIM = st.none() | st.floats() | st.integers() | st.booleans() | st.text()


@example({"aud": "a\nb", "exp": 10**400}, "x\ry")
@given(
    st.fixed_dictionaries({}, optional=dict.fromkeys(("exp", "nbf", "aud"), CLAIM)),
    CLAIM | st.lists(CLAIM),
)
def test_whatever_a_token_says_a_refusal_is_one_line_without_it(
    claims: dict[str, object], issuer: object
) -> None:
    parts = [{"alg": "ES256", "kid": "of-today"}, claims | {"iss": issuer}]
    read = [urlsafe_b64encode(json.dumps(one).encode()).decode() for one in parts]
    token = ".".join([*(one.rstrip("=") for one in read), CANARY])
    sentence = refusal(token, 1_800_000_000.0)
    assert sentence.startswith("refuses the token")
    assert "不是 JWT" not in sentence
    assert sentence.isprintable()
    assert CANARY not in sentence
    assert isinstance(expiry(token, 1_800_000_000.0), float)


@pytest.mark.parametrize("token", ["", "a.b", "é.é.é", "bnVsbA.W10.x", CANARY])
def test_what_is_no_token_is_called_so(token: str) -> None:
    assert refusal(token, 0.0).endswith("不是 JWT")
    assert expiry(token, 100.0) == 3_700.0
