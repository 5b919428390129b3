"""Events as lines: by names, in one language, for the command line."""

import re
from typing import Any

import pytest

from services.cli.lines import line
from services.cli.naming import tell_by
from services.runtime.settings import Language, Settings
from tests.support.examples import EXAMPLES, read
from twincity_schemas.catalogue import EVENT_TYPES
from twincity_schemas.message import Event
from twincity_schemas.words import Words

EVENTS = {
    f"{path.parent.name}/{path.stem}": read(path)
    for path in sorted(EXAMPLES.glob("*/*.json"))
}
KNOWN = [event.data for event in EVENTS.values()]
TELL = {language: tell_by(Settings(language=language), KNOWN) for language in Language}
CODE = re.compile(r"\b[a-z]+\.(?:[a-z]+)(?:ed|en|lt|set|said)\b")
"""The short name of an event type, such as ``obstacle.assigned``."""


@pytest.mark.parametrize("name", EVENTS)
def test_a_line_names_its_type_and_who_says_it_in_one_language(name: str) -> None:
    event = EVENTS[name]
    zh, en = (line(event, TELL[language]) for language in (Language.ZH, Language.EN))
    behind = len("2024-09-30 08:00:00 ")
    assert zh[behind:].startswith(event.type.words.zh)
    assert en[behind:].startswith(event.type.words.en)
    assert not CODE.search(zh), zh
    assert not CODE.search(en), en


@pytest.mark.parametrize("name", EVENTS)
def test_a_party_that_speaks_is_named(name: str) -> None:
    event = EVENTS[name]
    for language, tell in TELL.items():
        for code in {event.envelope.party} & tell.registry.codes:
            assert f"[{tell.party(code)}" in line(event, tell), language


def test_a_subject_is_called_as_its_record_calls_it() -> None:
    titles: dict[str, Words] = {
        subject: title
        for event in EVENTS.values()
        if (title := TELL[Language.ZH].titles.title(subject := event.envelope.subject))
    }
    assert len(titles) > len(EVENT_TYPES) / 10
    for event in EVENTS.values():
        if title := titles.get(event.envelope.subject):
            assert title.zh in line(event, TELL[Language.ZH])
            assert title.en in line(event, TELL[Language.EN])


def test_a_receipt_is_about_what_it_answers() -> None:
    tell = TELL[Language.ZH]
    answered = [event for event in of("receipt.issued") if event.data.subject]
    assert answered
    for event in answered:
        assert f" {tell.subject(event.data.subject)} [" in line(event, tell)


def of(fact: str) -> list[Event[Any]]:
    return [event for event in EVENTS.values() if event.type.fact == fact]


def test_a_receipt_says_why_and_a_notice_what_can_be_done_instead() -> None:
    for event in of("receipt.issued"):
        for problem in event.data.problems:
            assert problem.zh in line(event, TELL[Language.ZH])
            assert problem.zh not in line(event, TELL[Language.EN])
            assert problem.en in line(event, TELL[Language.EN])
    instead = [
        (event, step)
        for event in of("notice.issued")
        if event.data.no_effect
        for step in event.data.no_effect.open
    ]
    for event, step in instead:
        tell = TELL[Language.EN]
        told = line(event, tell)
        assert f"{tell.fact(step.step)}: {tell.parties(step.parties)}" in told


def test_a_disputed_field_is_named() -> None:
    told = [line(event, TELL[Language.EN]) for event in of("project.recorded")]
    assert any("Total investment" in one for one in told)
    assert not any("total_investment" in one for one in told)
