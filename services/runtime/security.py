"""How a process proves to Kafka who it is, and how it knows Kafka: the settings.

A secret comes from the environment or from a file, never from an argument, and is
shown nowhere: ``tests/unit/test_security.py`` looks for it wherever text is written.
"""

import re
import ssl
from collections.abc import Iterator
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Self, TypedDict, Unpack

from pydantic import AfterValidator, BeforeValidator, SecretStr
from pydantic_settings import BaseSettings

from services.runtime.errors import WrongSetting
from twincity_schemas.problems import WrongValueError


class Mechanism(StrEnum):
    """The ways in which a user proves who it is, in SASL's names."""

    SCRAM_256 = "SCRAM-SHA-256"
    SCRAM_512 = "SCRAM-SHA-512"
    PLAIN = "PLAIN"
    OAUTHBEARER = "OAUTHBEARER"


PORTS = range(1, 65_536)

_READABLE = frozenset({Mechanism.PLAIN, Mechanism.OAUTHBEARER})
"""What they send could be used by whoever reads it: over TLS alone."""


def _mechanism(value: Any) -> Any:
    return value.upper() or None if isinstance(value, str) else value


def addresses(text: str) -> str:
    """Check ``host:port``, several with commas between.

    Raises:
        WrongValueError: it is not written so, or a port is none.
    """
    addresses = [address.strip() for address in text.split(",") if address.strip()]
    for address in addresses:
        parsed = re.fullmatch(
            r"(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::([0-9]+))?", address
        )
        if not parsed or (parsed[1] and int(parsed[1]) not in PORTS):
            raise WrongValueError(
                "address",
                f"应为 主机:端口（1–65535），逗号分隔，而非 {address}",
                f"must be host:port (1-65535), separated by commas, not {address}",
            )
    return ",".join(addresses)


class SecurityChanges(TypedDict, total=False):
    """The settings that say which broker, and who comes to it."""

    kafka: str
    kafka_tls: bool
    kafka_ca: Path | None
    kafka_certificate: Path | None
    kafka_key: Path | None
    kafka_key_password: SecretStr | None
    kafka_key_password_file: Path | None
    kafka_user: str
    kafka_password: SecretStr | None
    kafka_password_file: Path | None
    kafka_sasl: Mechanism | None
    kafka_token_file: Path | None


_NOBODY = SecurityChanges(
    kafka="",
    kafka_tls=False,
    kafka_ca=None,
    kafka_certificate=None,
    kafka_key=None,
    kafka_key_password=None,
    kafka_key_password_file=None,
    kafka_user="",
    kafka_password=None,
    kafka_password_file=None,
    kafka_sasl=None,
    kafka_token_file=None,
)
"""Nothing of who somebody was before is left."""


class Security(BaseSettings):
    """Kafka's address, and what is beside it."""

    kafka: Annotated[str, AfterValidator(addresses)] = ""
    """Bootstrap servers. Empty: a command that can, starts an embedded Kafka."""

    kafka_tls: bool = False
    """Speak TLS, and trust the authorities that this machine trusts. A file below
    says so too."""

    kafka_ca: Path | None = None
    """The authority's certificate, PEM: who is to be trusted instead."""

    kafka_certificate: Path | None = None
    """Our own certificate with its chain, PEM (mTLS): its CN is the user."""

    kafka_key: Path | None = None
    """The private key of it, PEM; unset: in the same file."""

    kafka_key_password: SecretStr | None = None
    kafka_key_password_file: Path | None = None

    kafka_user: str = ""
    """Who this process is, where a password proves it."""

    kafka_password: SecretStr | None = None
    kafka_password_file: Path | None = None

    kafka_sasl: Annotated[Mechanism | None, BeforeValidator(_mechanism)] = None
    """By which mechanism; unset: SCRAM-SHA-256 with a user, OAUTHBEARER with a token
    file, none without either."""

    kafka_token_file: Path | None = None
    """A token of OAUTHBEARER, read anew for each connection: whoever renews it
    replaces the file."""

    @property
    def mechanism(self) -> Mechanism | None:
        """Returns the mechanism that is used; None: no SASL."""
        if self.kafka_sasl is not None:
            return self.kafka_sasl
        if self.kafka_token_file is not None:
            return Mechanism.OAUTHBEARER
        return Mechanism.SCRAM_256 if self.kafka_user else None

    @property
    def tls(self) -> bool:
        """Returns whether connections are encrypted."""
        return bool(self.kafka_tls or self.kafka_ca or self.kafka_certificate)

    @property
    def protocol(self) -> str:
        """Kafka's ``security.protocol``."""
        encrypted = "SSL" if self.tls else "PLAINTEXT"
        return encrypted if self.mechanism is None else f"SASL_{encrypted}"

    @property
    def password(self) -> str:
        """The user's password.

        Raises:
            WrongSetting: its file cannot be read.
        """
        return _secret(
            self.kafka_password, self.kafka_password_file, "KAFKA_PASSWORD_FILE"
        )

    @property
    def key_password(self) -> str:
        """The password of the private key, "" where it has none.

        Raises:
            WrongSetting: its file cannot be read.
        """
        return _secret(
            self.kafka_key_password,
            self.kafka_key_password_file,
            "KAFKA_KEY_PASSWORD_FILE",
        )

    @property
    def token(self) -> str:
        """The token of this moment.

        Raises:
            WrongSetting: its file cannot be read.
        """
        return _secret(None, self.kafka_token_file, "KAFKA_TOKEN_FILE")

    def kafka_environment(self) -> dict[str, str]:
        """Returns a child's environment that says the same; "" unsets its parent's."""
        return {
            f"TWINCITY_{name.upper()}": _text(getattr(self, name))
            for name in Security.model_fields
        }

    def open(self, kafka: str) -> Self:
        """Returns settings with a broker that takes everybody."""
        return self._as(**(_NOBODY | SecurityChanges(kafka=kafka)))

    def certified(self, kafka: str, ca: Path, certificate: Path) -> Self:
        """Returns the settings of who comes to a broker with a certificate."""
        who = SecurityChanges(kafka=kafka, kafka_ca=ca, kafka_certificate=certificate)
        return self._as(**(_NOBODY | who))

    def known(
        self, kafka: str, ca: Path, user: str, mechanism: Mechanism, password: str
    ) -> Self:
        """Returns the settings of who comes to a broker with a password."""
        who = SecurityChanges(
            kafka=kafka,
            kafka_ca=ca,
            kafka_user=user,
            kafka_sasl=mechanism,
            kafka_password=SecretStr(password),
        )
        return self._as(**(_NOBODY | who))

    def _as(self, **changes: Unpack[SecurityChanges]) -> Self:
        return self.model_copy(update=changes)

    def ssl_context(self) -> ssl.SSLContext | None:
        """Returns the context of TLS, one for the same files; None: no TLS is spoken.

        Raises:
            WrongSetting: a certificate or key cannot be used.
        """
        if not self.tls:
            return None
        return _context(
            self.kafka_ca, self.kafka_certificate, self.kafka_key, self.key_password
        )

    def check_security(self) -> None:
        """Refuse what cannot work before anything is connected.

        Raises:
            WrongSetting: with what is missing, contradicts, or cannot be read.
        """
        if wrong := "; ".join(self._contradictions()):
            raise WrongSetting(wrong)
        _ = self.password, self.token
        self.ssl_context()

    def _contradictions(self) -> Iterator[str]:
        for name in ("password", "key_password"):
            if getattr(self, f"kafka_{name}") and getattr(self, f"kafka_{name}_file"):
                setting = f"TWINCITY_KAFKA_{name.upper()}"
                yield f"{setting} and {setting}_FILE are both set 不能同时设置"
        if self.kafka_key and not self.kafka_certificate:
            yield "TWINCITY_KAFKA_KEY wants TWINCITY_KAFKA_CERTIFICATE 缺少证书"
        mechanism = self.mechanism
        if mechanism in _READABLE and not self.tls:
            yield (
                f"TWINCITY_KAFKA_SASL={mechanism} is for TLS alone: set "
                "TWINCITY_KAFKA_CA or TWINCITY_KAFKA_TLS=true 该方式须经 TLS"
            )
        if mechanism is Mechanism.OAUTHBEARER:
            wanted: dict[str, object] = {"TOKEN_FILE": self.kafka_token_file}
        else:
            password = self.kafka_password or self.kafka_password_file
            is_wanted = mechanism is not None or password
            wanted = {"USER": self.kafka_user, "PASSWORD_FILE": password}
            wanted = wanted if is_wanted else {}
        for name, value in wanted.items():
            if not value:
                yield (
                    f"TWINCITY_KAFKA_{name} is not set, and "
                    f"{mechanism or 'a password'} wants it 未设置"
                )


def _text(value: object) -> str:
    match value:
        case None | False:
            return ""
        case SecretStr():
            return value.get_secret_value()
        case _:
            return str(value)


def _secret(secret: SecretStr | None, file: Path | None, setting: str) -> str:
    if file is None:
        return secret.get_secret_value() if secret is not None else ""
    try:
        return file.read_text("utf-8").rstrip("\r\n")
    except OSError as error:
        raise WrongSetting.of_path(file, error, f"TWINCITY_{setting}") from None
    except ValueError:  # its bytes are not shown
        raise WrongSetting(f"TWINCITY_{setting}={file} is not UTF-8 不是文本") from None


@lru_cache(maxsize=16)
def _context(
    ca: Path | None, certificate: Path | None, key: Path | None, password: str
) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if ca is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        try:
            context.load_verify_locations(ca)
        except ssl.SSLError:
            raise _no_pem("CA", ca) from None
        except OSError as error:
            raise WrongSetting.of_path(ca, error, "TWINCITY_KAFKA_CA") from None
    if certificate is None:
        return context
    for name, path in (("CERTIFICATE", certificate), ("KEY", key or certificate)):
        try:
            path.read_bytes()
        except OSError as error:
            raise WrongSetting.of_path(path, error, f"TWINCITY_KAFKA_{name}") from None
    try:
        # A function: without a password OpenSSL would ask at the terminal.
        context.load_cert_chain(certificate, key, password=lambda: password)
    except ssl.SSLError as error:
        if error.reason == "KEY_VALUES_MISMATCH":
            raise WrongSetting(
                f"TWINCITY_KAFKA_KEY={key} is not the key of {certificate} "
                "私钥与证书不符"
            ) from None
        raise _no_pem("CERTIFICATE", certificate) from None
    return context


def _no_pem(name: str, path: Path) -> WrongSetting:
    return WrongSetting(
        f"TWINCITY_KAFKA_{name}={path} holds no certificate that can be used, or its "
        "key is missing or has another password 证书无法使用，或其私钥、口令有误"
    )
