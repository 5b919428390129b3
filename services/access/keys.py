"""Ed25519 keys that parties sign their tokens with: the private half is a file."""

import errno
import os
from pathlib import Path

from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from services.local.certificates import write_secret
from services.runtime.errors import TwinCityError, WrongSetting


def make_key(file: Path) -> str:
    """Write a new private key, which nobody else may read; returns its public half.

    Raises:
        WrongSetting: the file is there already, or cannot be written.
    """
    made = OKPKey.generate_key("Ed25519")
    try:
        if file.exists():
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))
        write_secret(file, made.as_pem(private=True))
    except OSError as error:
        raise WrongSetting.of_path(file, error) from None
    return public_half(made)


def read_key(file: Path) -> OKPKey:
    """Read a private key.

    Raises:
        WrongSetting: the file cannot be read.
        TwinCityError: it is no such key.
    """
    try:
        return OKPKey.import_key(file.read_bytes())
    except OSError as error:
        raise WrongSetting.of_path(file, error) from None
    except (JoseError, ValueError):
        raise TwinCityError(f"{file} is no Ed25519 key 不是 Ed25519 私钥") from None


def public_half(key: OKPKey) -> str:
    """Returns the public half as the registry has it."""
    return str(key.as_dict(private=False)["x"])
