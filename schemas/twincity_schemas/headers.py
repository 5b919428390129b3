"""The headers of a message as an inbox takes them: bounded, once each, in one spelling.

Sources: CloudEvents 1.0.2 (attribute names, strings), its Kafka protocol
binding and its JSON format; W3C Trace Context. Kafka compares header names
byte by byte, so only the spelling of the binding is read; a media type is
compared without regard to case, as RFC 2045 has it.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import lru_cache

from twincity_schemas.problems import Problem, problem

Header = tuple[str, bytes | None]
Headers = Iterable[Header]
"""As a Kafka client hands them over: a value may be null or any bytes."""

MOST_HEADERS = 64
LONGEST_NAME = 128
"""Characters of a header's name."""

LARGEST_HEADER = 8_192
"""Bytes of one header's value."""

LARGEST_HEADERS = 32_768
"""Bytes of all names and values; with them a statement still fits a message."""

TRACE = frozenset({"traceparent", "tracestate"})
"""Carried where valid, passed over where not; never a reason to reject."""

_NAMED = 5
_NAME = re.compile(r"[a-z0-9]{1,20}")
# CloudEvents' String has none of them.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_JSON = re.compile(r"[^/]+/([^/]+\+)?json")
# How other bindings and clients spell the names that are read here.
_ALIKE = re.compile(r"(?:ce[_-]|cloudevents[_:-])(?P<attribute>.*)|content-type")

_PARENT = re.compile(
    r"(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}"
)
_MEMBER = (
    r"[a-z0-9][a-z0-9_*/@-]{0,255}=[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}"
    r"[\x21-\x2b\x2d-\x3c\x3e-\x7e]"
)
_STATE = re.compile(rf"{_MEMBER}(?:[ \t]*,[ \t]*{_MEMBER}){{0,31}}")
_LONGEST_STATE = 512


def bounds(headers: Headers) -> list[Problem]:
    """Returns what is larger than an inbox takes; empty where all of it fits."""
    given = [(name, value or b"") for name, value in headers]
    problems: list[Problem] = []
    if len(given) > MOST_HEADERS:
        problems.append(
            problem(
                "",
                "too_many_headers",
                f"消息头多于 {MOST_HEADERS} 个",
                f"has more than {MOST_HEADERS} headers",
            )
        )
    if any(len(name) > LONGEST_NAME for name, _ in given):
        problems.append(
            problem(
                "",
                "header_name_too_long",
                f"消息头名称超过 {LONGEST_NAME} 个字符",
                f"has a header whose name is longer than {LONGEST_NAME} characters",
            )
        )
    problems += [
        problem(
            name[:LONGEST_NAME],
            "header_too_large",
            f"消息头的值超过 {LARGEST_HEADER} 字节",
            f"the header's value is larger than {LARGEST_HEADER} bytes",
        )
        for name, value in given
        if len(value) > LARGEST_HEADER
    ]
    # Four bytes are the most that UTF-8 takes for a character.
    total = sum(len(name) * 4 + len(value) for name, value in given)
    if total > LARGEST_HEADERS:
        problems.append(
            problem(
                "",
                "headers_too_large",
                f"消息头合计超过 {LARGEST_HEADERS} 字节",
                f"its headers are larger than {LARGEST_HEADERS} bytes together",
            )
        )
    return problems


def misspelt(headers: Headers) -> list[Problem]:
    """One problem that says how the names are written, where some are not so."""
    wrong: dict[str, str] = {}
    for name, _ in headers:
        if name.startswith("ce_") or name == "content-type":
            continue
        if alike := _ALIKE.fullmatch(name.lower()):
            attribute = alike["attribute"]
            wrong[name] = "content-type" if attribute is None else f"ce_{attribute}"
    if not wrong:
        return []
    named = list(wrong.items())[:_NAMED]
    written, meant = (", ".join(names) for names in zip(*named, strict=True))
    return [
        problem(
            named[0][0],
            "header_spelling",
            f"Kafka 消息头名称须完全一致：请写 {meant}，不写 {written}",
            f"Kafka compares header names exactly: write {meant}, not {written}",
        )
    ]


def header_problems(headers: Headers) -> Iterator[Problem]:
    """Returns which attributes an inbox does not take, by name."""
    read = [(name, value or b"") for name, value in headers if _is_taken(name)]
    for name, value in read:
        if _has_control(value.decode(errors="replace")):
            yield problem(
                name,
                "control_character",
                "不得含有换行、NUL 等控制字符",
                "must not have control characters, such as a line break or NUL",
            )
    yield from _of_names(tuple(name for name, _ in read))


@lru_cache(maxsize=1_000)  # the same dozen stand on most messages
def _is_taken(name: str) -> bool:
    attribute = name.removeprefix("ce_")
    return name == "content-type" or (attribute != name and attribute not in TRACE)


@lru_cache(maxsize=100)  # a publisher writes the same names on each of its messages
def _of_names(names: tuple[str, ...]) -> tuple[Problem, ...]:
    problems = []
    for name, times in Counter(names).items():
        attribute = name.removeprefix("ce_")
        if times > 1:
            problems.append(
                problem(
                    name,
                    "header_repeated",
                    "消息头重复，只能出现一次",
                    "the header is repeated; it may be there once",
                )
            )
        if name != "content-type" and (
            attribute == "data" or not _NAME.fullmatch(attribute)
        ):
            problems.append(
                problem(
                    name,
                    "attribute_name",
                    "属性名只能用 1 至 20 个小写字母或数字，且不得为 data",
                    "an attribute's name is 1 to 20 of a-z and 0-9, and not data",
                )
            )
    return tuple(problems)


def _has_control(text: str) -> bool:
    # Of what is printable, as nearly all is, nothing has to be searched.
    return not text.isprintable() and _CONTROL.search(text) is not None


def printable(text: str) -> str:
    """A text that an attribute can hold: control characters become U+FFFD."""
    if not _has_control(text):
        return text
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)


def header(headers: Headers, wanted: str) -> str:
    """The text of the first header of a name, "" where there is none."""
    for name, value in headers:
        if name == wanted and value is not None:
            return value.decode(errors="replace")
    return ""


def media_type(text: str) -> str:
    """A media type without its parameters, in lower case."""
    return text.partition(";")[0].strip().lower()


def not_json(headers: Headers) -> Iterator[Problem]:
    """Say where a message declares its data to be something else than JSON."""
    headers = tuple(headers)
    for name in ("content-type", "ce_datacontenttype"):
        declared = header(headers, name)
        if declared and not _JSON.fullmatch(media_type(declared)):
            shown = declared[:LONGEST_NAME]
            yield problem(
                name,
                "content_type",
                f"填报内容须为 JSON：请写 application/json，不写 {shown}",
                f"the data must be JSON: write application/json, not {shown}",
            )


def is_traceparent(text: object) -> bool:
    """Returns whether it is a W3C ``traceparent``: no version ff, no zero ids."""
    return isinstance(text, str) and _PARENT.fullmatch(text) is not None


def is_tracestate(text: object) -> bool:
    """Returns whether it is a ``tracestate`` of W3C: to 32 members, 512 characters."""
    return (
        isinstance(text, str)
        and len(text) <= _LONGEST_STATE
        and _STATE.fullmatch(text) is not None
    )


def trace(headers: Headers) -> dict[str, str]:
    """The trace context that travels with a message; empty where none is valid.

    CloudEvents' own attributes before the plain headers that a tracing client
    adds; a state only with its parent.
    """
    given = [
        (name, (value or b"").decode(errors="replace"))
        for name, value in headers
        if name.removeprefix("ce_") in TRACE
    ]
    if not given:
        return {}
    for prefix in ("ce_", ""):
        parents = [text for name, text in given if name == f"{prefix}traceparent"]
        states = [text for name, text in given if name == f"{prefix}tracestate"]
        if len(parents) == 1 and is_traceparent(parents[0]):
            context = {"traceparent": parents[0]}
            if len(states) == 1 and is_tracestate(states[0]):
                context["tracestate"] = states[0]
            return context
    return {}
