"""JSON that two readers could read differently: refused at the gate.

RFC 8259 leaves open what a repeated name means, and RFC 7493 (I-JSON) forbids
it; NaN and numbers beyond a double are no JSON at all to some parsers and
values to others.
"""

import json
from collections import Counter
from math import isinf
from typing import Any, NoReturn

from pydantic_core import from_json

from twincity_schemas.problems import Problem, broken_json, problem

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_NAMED, _LONGEST = 10, 200


def ambiguities(value: bytes) -> list[Problem]:
    """Everything in a JSON text that is open to two readings.

    Text that is not JSON at all yields nothing: whoever parses it says so.
    """
    problems: list[Problem] = []

    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        unique = dict(pairs)
        if len(unique) < len(pairs):
            problems.append(_repeated([name for name, _ in pairs]))
        return unique

    def number(text: str) -> float:
        if isinf(read := float(text)):
            problems.append(_beyond(text))
        return read

    def constant(text: str) -> NoReturn:
        problems.append(_beyond(text))
        raise ValueError(text)

    decoder = json.JSONDecoder(
        object_pairs_hook=members, parse_float=number, parse_constant=constant
    )
    try:
        decoder.decode(unmarked(value).decode())
    except (ValueError, RecursionError):
        return problems
    return problems


def unmarked(value: bytes) -> bytes:
    """A text without its byte order mark, which a reader may pass over.

    Source: RFC 8259, section 8.1.
    """
    return value.removeprefix(_BYTE_ORDER_MARK)


def syntax(value: bytes) -> list[Problem]:
    """Returns why a text is not JSON; empty where it is."""
    try:
        from_json(value)
    except ValueError as error:
        return [broken_json("", str(error))]
    return []


def _repeated(names: list[str]) -> Problem:
    twice = [name for name, times in Counter(names).items() if times > 1]
    listed = ", ".join(twice[:_NAMED])[:_LONGEST]
    # A half of a surrogate pair could not be written into the receipt.
    listed = listed.encode(errors="backslashreplace").decode()
    return problem(
        "", "name_repeated", f"字段重复：{listed}", f"names a field twice: {listed}"
    )


def _beyond(text: str) -> Problem:
    return problem(
        "",
        "not_a_number",
        f"{text[:_LONGEST]} 不是有限的 JSON 数",
        f"{text[:_LONGEST]} is no finite JSON number",
    )
