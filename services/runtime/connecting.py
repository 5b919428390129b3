"""What every client of Kafka is made with, and why one cannot connect.

aiokafka says of a wrong password, an untrusted certificate and a broker that is not
there alike that it is «unable to bootstrap». So whoever fails asks the addresses once
more, step by step, and says at which of them it ends.
"""

import asyncio
import socket
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Any

from aiokafka.conn import create_conn
from aiokafka.errors import (
    ClusterAuthorizationFailedError,
    GroupAuthorizationFailedError,
    IllegalSaslStateError,
    KafkaError,
    SaslAuthenticationFailed,
    TopicAuthorizationFailedError,
    TransactionalIdAuthorizationFailed,
    UnsupportedSaslMechanismError,
)
from aiokafka.protocol.metadata import MetadataRequest
from faststream.security import (
    BaseSecurity,
    SASLOAuthBearer,
    SASLPlaintext,
    SASLScram256,
    SASLScram512,
)

from services.runtime.bearer import TokenFile, expiry, refusal
from services.runtime.errors import Unavailable
from services.runtime.security import Mechanism
from services.runtime.settings import Settings

CANNOT_READ = "Kafka cannot be read 无法读取 Kafka"
CANNOT_CONNECT = "Kafka cannot be connected to 无法连接 Kafka"

NOT_SEEN = ", or this user has no right to see it 或该用户无权查看"
"""A secured cluster does not tell the two apart."""

_PROBE_MS = 5_000
_PORT = 9092
_GOODBYE_S = 0.05

MAY_NOT = (
    ClusterAuthorizationFailedError,
    GroupAuthorizationFailedError,
    TopicAuthorizationFailedError,
    TransactionalIdAuthorizationFailed,
)
"""A right is lacking: repeating it helps nobody, an operator may."""

_FASTSTREAM = {
    Mechanism.SCRAM_256: SASLScram256,
    Mechanism.SCRAM_512: SASLScram512,
    Mechanism.PLAIN: SASLPlaintext,
}


def client_options(settings: Settings) -> dict[str, Any]:
    """Returns the options of aiokafka's clients: the address, and who we are.

    Raises:
        WrongSetting: a file of the settings can no longer be used.
    """
    return {"bootstrap_servers": settings.kafka, **_security(settings)}


def _security(settings: Settings) -> dict[str, Any]:
    options: dict[str, Any] = {"security_protocol": settings.protocol}
    if settings.tls:
        options["ssl_context"] = settings.ssl_context()
    if settings.mechanism is None:
        return options
    options["sasl_mechanism"] = settings.mechanism.value
    if settings.mechanism is Mechanism.OAUTHBEARER:
        return options | {"sasl_oauth_token_provider": TokenFile(settings)}
    return options | {
        "sasl_plain_username": settings.kafka_user,
        "sasl_plain_password": settings.password,
    }


def broker_options(settings: Settings) -> dict[str, Any]:
    """Returns the options of FastStream's broker.

    Raises:
        WrongSetting: a file of the settings can no longer be used.
    """
    options: dict[str, Any] = {
        "bootstrap_servers": (settings.kafka or "127.0.0.1:9092").split(",")
    }
    how: dict[str, Any] = {
        "ssl_context": settings.ssl_context(),
        "use_ssl": settings.tls,
    }
    if settings.mechanism is None:
        return options | {"security": BaseSecurity(**how)}
    if settings.mechanism is Mechanism.OAUTHBEARER:
        token = {"sasl_oauth_token_provider": TokenFile(settings)}
        return options | token | {"security": SASLOAuthBearer(**how)}
    how |= {"username": settings.kafka_user, "password": settings.password}
    return options | {"security": _FASTSTREAM[settings.mechanism](**how)}


def librdkafka_options(settings: Settings) -> dict[str, Any]:
    """Returns the options of confluent-kafka's clients.

    Raises:
        WrongSetting: a file of the settings can no longer be used.
    """
    options: dict[str, Any] = {
        "bootstrap.servers": settings.kafka,
        "security.protocol": settings.protocol,
        "ssl.ca.location": settings.kafka_ca,
        "ssl.certificate.location": settings.kafka_certificate,
        "ssl.key.location": settings.kafka_key or settings.kafka_certificate,
        "ssl.key.password": settings.key_password,
        "sasl.mechanism": settings.mechanism,
    }
    if settings.mechanism is Mechanism.OAUTHBEARER:
        # Until it expires: then the file is read again.
        options["oauth_cb"] = lambda _config: _token(settings)
    elif settings.mechanism is not None:
        options |= {
            "sasl.username": settings.kafka_user,
            "sasl.password": settings.password,
        }
    return {
        name: value if callable(value) else str(value)
        for name, value in options.items()
        if value
    }


def _token(settings: Settings) -> tuple[str, float]:
    token = settings.token
    return token, expiry(token, time.time())


async def unavailable(settings: Settings, error: Exception, what: str) -> Unavailable:
    """Says why Kafka did not do something, by asking its addresses once more.

    Args:
        settings: of the client that failed.
        error: what it raised.
        what: what could not be done, in both languages.
    """
    if isinstance(error, MAY_NOT):
        return Unavailable(f"{what}: {may_not(settings, error)}")
    reasons = [
        f"{host}:{port} {reason}"
        for host, port in _addresses(settings.kafka)
        if (reason := await _reason(settings, host, port))
    ]
    await goodbye(settings)
    return Unavailable(f"{what}: " + ("; ".join(reasons) or str(error)))


def client_name(settings: Settings) -> str:
    """Returns as whom Kafka knows a client, as far as its settings say."""
    return settings.kafka_user or (
        "this certificate" if settings.kafka_certificate else "an anonymous client"
    )


def may_not(settings: Settings, error: KafkaError) -> str:
    """Says that a user lacks a right."""
    who = client_name(settings)
    named = ", ".join(str(one) for one in error.args) or type(error).__name__
    return f"{who} has no right to it ({named}); see twincity access check 没有该权限"


def _addresses(kafka: str) -> Iterator[tuple[str, int]]:
    for address in kafka.split(","):
        host, colon, port = address.rpartition(":")
        if not colon or address.endswith("]"):
            host, port = address, str(_PORT)
        yield host.strip("[]"), int(port)


async def _reason(settings: Settings, host: str, port: int) -> str:
    """Returns why one address does not take us; "" where it does."""
    try:
        await _ask(settings, host, port)
    except tuple(_REFUSALS) as error:
        [say] = [say for kind, say in _REFUSALS.items() if isinstance(error, kind)]
        return say(settings, error)
    except (OSError, TimeoutError, KafkaError) as error:
        return await _broken_off(settings, host, port, error)
    return ""


def _wrong_password(settings: Settings, _error: Exception) -> str:
    if settings.mechanism is Mechanism.OAUTHBEARER:
        return refusal(settings.token, time.time())
    return (
        f"refuses the password of {settings.kafka_user}, or does not know this user by "
        f"{settings.mechanism} 用户或密码有误"
    )


def _wrong_mechanism(settings: Settings, _error: Exception) -> str:
    return f"does not take {settings.mechanism} 不支持该认证方式 (TWINCITY_KAFKA_SASL)"


def _no_sasl(_settings: Settings, _error: Exception) -> str:
    return "asks nobody for a password there 该端口不认证用户 (TWINCITY_KAFKA_USER)"


def _untrusted(_settings: Settings, error: Any) -> str:
    return (
        "has a certificate that is not trusted 证书不可信 (TWINCITY_KAFKA_CA): "
        f"{error.verify_message}"
    )


def _unknown_host(_settings: Settings, _error: Exception) -> str:
    return "is no host that is known 主机名无法解析"


_REFUSALS: Mapping[type[Exception], Callable[[Settings, Exception], str]] = {
    SaslAuthenticationFailed: _wrong_password,
    UnsupportedSaslMechanismError: _wrong_mechanism,
    IllegalSaslStateError: _no_sasl,
    ssl.SSLCertVerificationError: _untrusted,
    socket.gaierror: _unknown_host,
}


async def _ask(settings: Settings, host: str, port: int) -> None:
    """Connect, prove who we are, and ask for nothing."""
    connection = await create_conn(
        host, port, request_timeout_ms=_PROBE_MS, **_security(settings)
    )
    try:
        await connection.send(MetadataRequest([]))
    finally:
        await _closed(connection)


async def _broken_off(
    settings: Settings, host: str, port: int, error: Exception
) -> str:
    """Returns why a connection broke off: nobody is there, or they speak otherwise."""
    try:
        async with asyncio.timeout(_PROBE_MS / 1000):
            _, writer = await asyncio.open_connection(host, port)
            writer.close()
            await writer.wait_closed()
    except (OSError, TimeoutError):
        return "does not answer: no broker listens there 无法连接，该处没有 Kafka"
    if settings.tls and await _is_plain(host, port):
        return "speaks no TLS: a plain port 该端口未加密 (TWINCITY_KAFKA_TLS)"
    if not settings.tls and await _speaks_tls(host, port):
        return "speaks TLS 该端口须经 TLS (TWINCITY_KAFKA_CA)"
    causes = f"{error} {error.__cause__}".upper()
    if settings.tls and ("CERTIFICATE" in causes or "UNKNOWN_CA" in causes):
        return (
            "wants a certificate of ours that it trusts 需要其信任的客户端证书 "
            "(TWINCITY_KAFKA_CERTIFICATE)"
        )
    if settings.mechanism is None:
        return "takes nobody without a user 需要用户 (TWINCITY_KAFKA_USER)"
    return f"breaks the connection off 连接中断: {error}"


async def _is_plain(host: str, port: int) -> bool:
    """Returns whether a port answers in plain text; no secret is sent."""
    try:
        connection = await create_conn(host, port, request_timeout_ms=_PROBE_MS)
    except (OSError, TimeoutError, KafkaError):
        return False
    await _closed(connection)
    return True


async def _speaks_tls(host: str, port: int) -> bool:
    anybody = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    anybody.check_hostname = False
    anybody.verify_mode = ssl.CERT_NONE  # we only ask whether; nothing is said
    with suppress(OSError, TimeoutError):
        async with asyncio.timeout(_PROBE_MS / 1000):
            _, writer = await asyncio.open_connection(host, port, ssl=anybody)
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()
            return True
    return False


async def goodbye(settings: Settings) -> None:
    """Let connections end that aiokafka closes and does not await.

    TLS says goodbye in its own time: a loop that ends before it leaves the socket.
    """
    if settings.tls:
        await asyncio.sleep(_GOODBYE_S)


async def _closed(connection: Any) -> None:
    with suppress(OSError, TimeoutError):
        await asyncio.wait_for(connection.close(), _PROBE_MS / 1000)
