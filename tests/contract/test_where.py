"""Doors lead where they say: programme notes, and where what is decided."""

import importlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.notifier.service import consumed
from services.runtime.settings import Settings
from twincity_schemas.parties import Registry
from twincity_schemas.topic import Topic
from twincity_schemas.topology import GATEWAY, KINDS, SERVICES, topics
from twincity_schemas.values import Domain

ROOT = Path(__file__).parents[2]
REGISTRY = Registry.load(Settings().parties)
TOPICS = list(topics(REGISTRY))
PARTY = min(REGISTRY.codes)
TECHNICAL = re.compile(r"\.state\.|\.deadletters$|^twincity\.operations$")
"""Memory, letters, operators' acts: every service has these, and no note says so."""
STATEMENTS = {f"twincity.{kind}.statements" for kind in KINDS}


def spelled(names: set[str]) -> set[str]:
    """Returns topics as a note writes them: every party, every domain, every kind."""
    found = set()
    for name in names:
        head, _, last = name.rpartition(".")
        middle = head.removeprefix("twincity.")
        if last in REGISTRY.codes:
            found.add(f"{head}.<party>")
        elif last == "records" and middle in set(Domain):
            found.add("twincity.<domain>.records")
        else:
            found.add(name)
    if found >= STATEMENTS:
        found = found - STATEMENTS | {"twincity.<kind>.statements"}
    return found


def written(text: str) -> Iterator[str]:
    """Yields the topics that a note names; ``{a,b}`` stands for two."""
    for name in re.findall(r"twincity\.[a-z<>{},.-]*[a-z>]", text):
        alternatives = re.search(r"\{(.*?)\}", name)
        for one in alternatives[1].split(",") if alternatives else [""]:
            yield name.replace(alternatives[0], one) if alternatives else name


def of_service(service: str, side: str) -> set[str]:
    # A gateway speaks and reads as its party, with that party's credentials.
    who = {service, PARTY} if service == GATEWAY else {service}

    def concerned(topic: Topic) -> bool:
        return bool(who & {*getattr(topic, side)}) and not TECHNICAL.search(topic.name)

    return spelled({topic.name for topic in TOPICS if concerned(topic)})


@pytest.mark.parametrize("service", [*SERVICES, GATEWAY])
def test_a_programme_note_says_what_the_catalogue_says(service: str) -> None:
    note = importlib.import_module(f"services.{service}").__doc__ or ""
    consumes, rest = note.split("Consumes", 1)[1].split("Decides", 1)
    emits = rest.split("Emits", 1)[1].split("\n\n", 1)[0]
    assert {*written(consumes)} == of_service(service, "consumers")
    assert {*written(emits)} <= of_service(service, "producers") | of_service(
        service, "consumers"
    )
    assert of_service(service, "producers") <= {*written(emits)}


def test_the_notifiers_note_says_what_it_reads() -> None:
    note = importlib.import_module("services.notifier").__doc__ or ""
    consumes, rest = note.split("Consumes", 1)[1].split("Decides", 1)
    read = spelled({topic.name for topic in consumed(REGISTRY, {PARTY})})
    assert {*written(consumes)} == read
    assert not {*written(rest.split("Emits", 1)[1])}  # nothing into Kafka


QUESTIONS = re.findall(
    r"^\| (.+?) \| \[`(.+?)`\]\((.+?)\) \|",
    (ROOT / "services/README.md").read_text("utf-8"),
    flags=re.MULTILINE,
)


@pytest.mark.parametrize(("question", "name", "file"), QUESTIONS)
def test_an_answer_is_where_it_is_said_to_be(
    question: str, name: str, file: str
) -> None:
    path = (ROOT / "services" / file).resolve()
    assert path.is_file(), question
    module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    found: object = importlib.import_module(module.removeprefix("schemas."))
    for part in name.split("."):
        found = getattr(found, part)
    assert found.__doc__ or not callable(found)


def test_ten_questions_are_answered() -> None:
    assert len(QUESTIONS) >= 10
