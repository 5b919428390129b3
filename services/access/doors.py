"""Where a secured Kafka of our own is reached, by whom and with what."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from services.access.secrets import Secrets
from services.local import EmbeddedKafka
from services.local.certificates import Authority
from services.local.kafka import ADMINISTRATOR
from services.runtime.errors import TwinCityError
from services.runtime.settings import Settings


@dataclass(frozen=True)
class Doors:
    """Of one broker.

    Attributes:
        for_passwords: its address for who has a password.
        for_certificates: its address for who has a certificate.
        authority: whom to trust.
        secrets: the passwords of its users.
    """

    for_passwords: str
    for_certificates: str
    authority: Authority
    secrets: Secrets

    @classmethod
    def of(cls, kafka: EmbeddedKafka, folder: Path) -> "Doors | None":
        """Those of a broker of ours; None: it is open to everybody.

        Args:
            kafka: the broker.
            folder: where its users' passwords lie.
        """
        if kafka.authority is None:
            return None
        return cls(
            kafka.bootstrap,
            kafka.certified_bootstrap,
            kafka.authority,
            Secrets(folder.absolute()),
        )

    def administrator(self, settings: Settings) -> Settings:
        """The settings of who may do everything."""
        return settings.certified(
            self.for_certificates,
            self.authority.certificate,
            self.authority.of(ADMINISTRATOR),
        )

    def user(self, settings: Settings, user: str) -> Settings:
        """The settings of a user.

        Raises:
            TwinCityError: it has no password.
        """
        password = self.secrets.read(user)
        if password is None:
            raise TwinCityError(f"{user} has no password here 该用户没有密码")
        return settings.known(
            self.for_passwords,
            self.authority.certificate,
            password.user,
            password.mechanism,
            password.text,
        )

    def environment(self, settings: Settings, user: str) -> Mapping[str, str]:
        """Returns the environment of a process that is this user.

        Raises:
            TwinCityError: it has no password.
        """
        return self.user(settings, user).kafka_environment()
