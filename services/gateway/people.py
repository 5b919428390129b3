"""People who may sign in by a password: a local file, read as it is now.

``twincity people add`` makes its entries. A password is kept as scrypt makes it
(RFC 7914), in the PHC form ``$scrypt$ln=15,r=8,p=1$salt$hash``. Whoever is taken out
of the file, or has a new password, is signed out at once.
"""

import secrets
import tomllib
from base64 import b64decode, b64encode
from hashlib import scrypt
from pathlib import Path
from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from services.gateway.tokens import READ
from services.runtime.errors import WrongSetting, sentence
from twincity_schemas.problems import translate
from twincity_schemas.values import Line

OPERATE: Final = "operate"
"""To act on dead letters; a token never gives it."""

Right = Literal["read", "write", "operate"]

_LOG_COST, _BLOCK, _LANES = 15, 8, 1  # 32 MB and about 0.1 s of CPU a try
_MEMORY = 2 * 128 * _BLOCK * 2**_LOG_COST
_COSTS = f"ln={_LOG_COST},r={_BLOCK},p={_LANES}"
_FORM = rf"^\$scrypt\${_COSTS}\$[A-Za-z0-9+/]{{22}}\$[A-Za-z0-9+/]{{43}}\z"
SHORTEST = 12
"""Characters of a password."""

LONGEST = 1_000


class Person(BaseModel):
    """One who may sign in.

    Attributes:
        name: as acts record it.
        rights: to read, to write in the gateway's party's name, to operate.
        password: as scrypt made it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[Line, Field(max_length=60)]
    rights: frozenset[Right] = frozenset({READ})
    password: Annotated[str, Field(pattern=_FORM)]


class People(BaseModel):
    """All of a file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    person: tuple[Person, ...] = ()

    @classmethod
    def read(cls, text: str, path: Path) -> Self:
        """Read the text of a file of people.

        Raises:
            WrongSetting: it is no TOML, or does not describe people of distinct names.
        """
        try:
            people = cls.model_validate(tomllib.loads(text))
        except ValidationError as error:
            # What it objects to, not the values: hashes belong in no log.
            raise WrongSetting(f"{path}: {sentence(translate(error))}") from None
        except ValueError as error:
            raise WrongSetting(f"{path} is no TOML 不是 TOML：{error}") from None
        if len({one.name for one in people.person}) != len(people.person):
            raise WrongSetting(f"{path}: a name appears twice 姓名重复")
        return people

    def __getitem__(self, name: str) -> Person:
        """The person of a name; KeyError where there is none."""
        for person in self.person:
            if person.name == name:
                return person
        raise KeyError(name)


class PeopleFile:
    """The people of a file, as it is now.

    Args:
        path: of the file. It is read once whenever it has changed; while it cannot be
            read, nobody is known.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen: tuple[int, int, int] | None = None
        self._people = People()

    @property
    def now(self) -> People:
        """Returns who is known now."""
        try:
            status = self._path.stat()
            seen = status.st_mtime_ns, status.st_size, status.st_ino
            if seen != self._seen:
                self._people = People()  # unless it can be read
                self._seen = seen
                text = self._path.read_text("utf-8")
                self._people = People.read(text, self._path)
        except (OSError, UnicodeDecodeError, WrongSetting):
            self._people = People()
        return self._people

    def find(self, name: str) -> Person | None:
        """Returns the person of a name; None: nobody is called so."""
        try:
            return self.now[name]
        except KeyError:
            return None


def hashed(password: str, salt: bytes | None = None) -> str:
    """Returns what a file keeps of a password; slow, so that guessing is."""
    salt = secrets.token_bytes(16) if salt is None else salt
    made = scrypt(
        password.encode(), salt=salt, n=2**_LOG_COST, r=_BLOCK, p=_LANES,
        maxmem=_MEMORY, dklen=32,
    )  # fmt: skip
    parts = (b64encode(one).decode().rstrip("=") for one in (salt, made))
    return "$".join(("", "scrypt", _COSTS, *parts))


_NOBODYS = "$".join(("", "scrypt", _COSTS, "A" * 22, "A" * 43))
"""Compared with where nobody is called so: it takes as long."""


def is_password(person: Person | None, password: str) -> bool:
    """Returns whether it is that person's password; as slowly where there is nobody."""
    stored = _NOBODYS if person is None else person.password
    salt = b64decode(stored.split("$")[3] + "==")
    same = secrets.compare_digest(hashed(password[:LONGEST], salt), stored)
    return same and person is not None
