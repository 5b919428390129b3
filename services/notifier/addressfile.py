"""The file of addresses while the notifier runs: a change of it is taken in."""

from pathlib import Path

import structlog

from services.notifier.addresses import Addresses
from services.runtime.errors import WrongSetting, sentence
from services.runtime.registering import stamp_of
from twincity_schemas.parties import Registry
from twincity_schemas.problems import ContractError

log = structlog.get_logger()


class AddressFile:
    """The file of addresses as it is now; what cannot be used changes nothing.

    Args:
        path: of the file.
        parties: the file of the registry, in which its parties are.

    Attributes:
        now: what it held when it could last be used.

    Raises:
        WrongSetting: it cannot be used at the start.
    """

    def __init__(self, path: Path, parties: Path) -> None:
        self._path, self._parties = path, parties
        self._seen = stamp_of(path)
        self.now = Addresses.load(path, Registry.load(parties))

    def look(self) -> bool:
        """Take a change of the file in; returns whether there was one."""
        stamp = stamp_of(self._path)
        if stamp == self._seen:
            return False
        self._seen = stamp
        try:
            self.now = Addresses.load(self._path, Registry.load(self._parties))
        except WrongSetting as error:
            log.error("addresses.unreadable", reason=str(error))  # noqa: TRY400  the reason is all that an operator can use
            return False
        except ContractError as error:
            reason = sentence(error.problems)
            log.error("addresses.unreadable", reason=reason)  # noqa: TRY400  the same
            return False
        log.info("addresses.changed", addresses=len(self.now.to))
        return True
