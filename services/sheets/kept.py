"""The profiles that were confirmed: a file each, in a folder for each publisher."""

from pathlib import Path
from uuid import uuid4

from services.sheets.profile import Profile, dump, load


def profile_file(folder: Path, party: str, name: str) -> Path:
    """Returns where a publisher's profile is kept."""
    return folder / party / f"{name}.toml"


def profile_in(file: Path) -> Profile | None:
    """Read a profile that was kept; None: there is none.

    Raises:
        ContractError: the file holds no profile.
    """
    return load(file.read_text("utf-8")) if file.is_file() else None


def keep(profile: Profile, file: Path) -> Path:
    """Keep a profile that a person has confirmed; returns its file."""
    confirmed = profile.but(columns=tuple(c.but(score=1.0) for c in profile.columns))
    file.parent.mkdir(parents=True, exist_ok=True)
    # Whole: whoever reads it meanwhile, or confirms at once, has one or the other.
    new = file.with_name(f".{file.name}.{uuid4().hex}")
    new.write_text(dump(confirmed), "utf-8")
    new.replace(file)
    return file


def profiles_of(folder: Path, party: str) -> list[str]:
    """Returns the names of a publisher's profiles, in their order."""
    return sorted(file.stem for file in (folder / party).glob("[a-z0-9]*.toml"))
