"""Passwords of users, a file each, as every supervisor of processes reads them."""

import secrets
from dataclasses import dataclass
from pathlib import Path

from services.local.certificates import write_secret
from services.runtime.errors import WrongSetting
from services.runtime.security import Mechanism

_BYTES = 24
"""Of chance: 192 bits, so that no number of guesses is worth it."""

_TEXT = """\
# Who has this file speaks to Kafka as {user} 持有本文件者即可代表该用户.
TWINCITY_KAFKA_USER={user}
TWINCITY_KAFKA_SASL={mechanism}
TWINCITY_KAFKA_PASSWORD={password}
"""


@dataclass(frozen=True)
class Password:
    """The proof of who a user is.

    Attributes:
        user: its name.
        mechanism: by which mechanism of SCRAM.
        text: the password.
    """

    user: str
    mechanism: Mechanism
    text: str

    @classmethod
    def new(cls, user: str, mechanism: Mechanism = Mechanism.SCRAM_256) -> "Password":
        """Make one that nobody can guess."""
        return cls(user, mechanism, secrets.token_urlsafe(_BYTES))


@dataclass(frozen=True)
class Secrets:
    """A folder of environment files, ``<user>.env``; nobody else may read them."""

    folder: Path

    def file(self, user: str) -> Path:
        """Returns the file of a user's password."""
        return self.folder / f"{user}.env"

    def read(self, user: str) -> Password | None:
        """The password of a user; None: it has no file.

        Raises:
            WrongSetting: the file cannot be read, or says no password.
        """
        file = self.file(user)
        try:
            lines = file.read_text("utf-8").splitlines()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise WrongSetting.of_path(file, error) from None
        values = dict(
            line.split("=", 1) for line in lines if "=" in line and line[0] != "#"
        )
        try:
            return Password(
                values["TWINCITY_KAFKA_USER"],
                Mechanism(values["TWINCITY_KAFKA_SASL"]),
                values["TWINCITY_KAFKA_PASSWORD"],
            )
        except (KeyError, ValueError):
            raise WrongSetting(f"{file} says no password 文件中没有密码") from None

    def write(self, password: Password) -> Path:
        """Keep a password; returns its file.

        Raises:
            WrongSetting: it cannot be written.
        """
        file = self.file(password.user)
        text = _TEXT.format(
            user=password.user, mechanism=password.mechanism, password=password.text
        )
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            write_secret(file, text.encode())
        except OSError as error:
            raise WrongSetting.of_path(file, error) from None
        return file
