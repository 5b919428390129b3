"""The elements of a part of a package, by their names without prefix, in one pass."""

import posixpath
import zipfile
from collections.abc import Callable, Mapping
from xml.parsers import expat

_CHUNK = 1 << 16

Attributes = Mapping[str, str]


def read_elements(
    packed: zipfile.ZipFile,
    name: str,
    begun: Callable[[str, Attributes], None],
    written: Callable[[str], None] | None = None,
    ended: Callable[[str], None] | None = None,
) -> None:
    """Tell of each element, by its name without prefix.

    Args:
        packed: the package.
        name: which part of it.
        begun: takes an element's name and its attributes.
        written: takes text.
        ended: takes the name of an element that ends.

    Raises:
        ValueError: it is no XML that can be read.
    """
    parser = expat.ParserCreate()
    local: dict[str, str] = {}

    def start(tag: str, attributes: Attributes) -> None:
        bare = local.get(tag)
        if bare is None:
            bare = local[tag] = tag.rpartition(":")[2]
        begun(bare, attributes)

    def refuse(*_: object) -> None:
        raise ValueError(f"{name} has a document type")

    parser.StartElementHandler = start
    if ended is not None:
        parser.EndElementHandler = lambda tag: ended(tag.rpartition(":")[2])
    if written is not None:
        parser.CharacterDataHandler = written
    parser.StartDoctypeDeclHandler = refuse
    with packed.open(name) as part:
        try:
            while chunk := part.read(_CHUNK):
                parser.Parse(chunk)
            parser.Parse(b"", True)  # noqa: FBT003  it takes no names
        except expat.ExpatError as error:
            raise ValueError(f"{name}: {error}") from None


def related(packed: zipfile.ZipFile, part: str) -> dict[str, tuple[str, str]]:
    """Returns what a part leads to: of each id the kind, and the name of that part.

    Raises:
        ValueError: it is no XML that can be read.
    """
    folder, own = posixpath.split(part)
    relations = f"{folder}/_rels/{own}.rels"
    there = {name.lower(): name for name in packed.namelist()}
    parts: dict[str, tuple[str, str]] = {}

    def begun(tag: str, attributes: Attributes) -> None:
        if tag == "Relationship":
            target = posixpath.join(folder, attributes.get("Target", ""))
            name = there.get(posixpath.normpath(target).lstrip("/").lower(), "")
            kind = attributes.get("Type", "").rpartition("/")[2]
            parts[attributes.get("Id", "")] = kind, name

    if relations in packed.namelist():
        read_elements(packed, relations, begun)
    return parts
