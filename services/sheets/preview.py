"""What a file would say, before anything is said: shown, and named to be confirmed."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

from services.sheets.choosing import ListRequest, chosen
from services.sheets.listing import Listing, listed, opened
from services.sheets.profile import Profile
from services.sheets.reading import read
from twincity_schemas.canonical import canonical_json
from twincity_schemas.problems import Problem


@dataclass(frozen=True)
class ListPreview:
    """The statements that a file would make.

    Attributes:
        profile: how it was read.
        guessed: whether nobody has confirmed that yet.
        missing: what a person still has to say; nothing was listed then.
        sheets: the names of all there are.
        listing: the statements and problems.
        digest: names file and profile: who confirms it confirms what was shown.
    """

    profile: Profile
    guessed: bool
    missing: tuple[Problem, ...]
    sheets: tuple[str, ...]
    listing: Listing
    digest: str


def preview(
    content: bytes, name: str, wanted: ListRequest, parties: Mapping[str, str]
) -> ListPreview:
    """Read a file, and say what it would say.

    Args:
        content: its bytes.
        name: what it is called.
        wanted: what a person says of it.
        parties: each party's Chinese name and code.

    Raises:
        WrongValueError: it is no table, or takes too much to read; or what was said
            of it is wrong.
        ContractError: what was said of it makes no profile.
    """
    file = opened(content, name, read(content))
    profile = chosen(file, wanted)
    shown = [file.digest, file.name, profile.model_dump(mode="json")]
    return ListPreview(
        profile,
        not profile.exact and profile != wanted.kept,
        tuple(profile.missing()),
        tuple(sheet.name for sheet in file.sheets),
        listed(file, profile, parties),
        sha256(canonical_json(shown)).hexdigest()[:32],
    )
