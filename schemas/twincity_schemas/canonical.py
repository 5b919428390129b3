"""One spelling for one content, so that a digest can stand for it.

Canonical JSON after RFC 8785 as far as our values need it: keys sorted, no
white space, UTF-8. Our models hold no floats (money and figures are decimal
strings), so the number rules of RFC 8785 never apply.
"""

import hashlib
import json
import unicodedata
from typing import Any

from pydantic import BaseModel


def canonical_json(content: Any) -> bytes:
    """Spell JSON-ready content (or a model) in its one canonical way."""
    if isinstance(content, BaseModel):
        content = content.model_dump(mode="json", exclude_defaults=True)
    return _ENCODER.encode(content).encode()


_ENCODER = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def comparable(text: str) -> str:
    """One spelling for texts that a reader holds to be the same.

    Unicode's NFKC: full-width letters and brackets become half-width, and
    compatibility characters (U+F9E1) the ones that they stand for; white space
    is one space. To compare by, not to show.
    """
    return " ".join(unicodedata.normalize("NFKC", text).split())


def digest(content: Any) -> str:
    """Name a content: ``sha256:`` and 64 hexadecimal digits.

    Fields that are absent or hold their default do not count, so a description
    keeps its digest when the contract later gains an optional field.
    """
    return "sha256:" + hashlib.sha256(canonical_json(content)).hexdigest()
