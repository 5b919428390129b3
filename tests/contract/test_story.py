"""The story's files keep the contract, and its bad input is bad as it says."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from services.demo.areas import tasks_of_the_article
from tests.support.folding import tell
from tests.support.folding import told as parts_told
from twincity_schemas import ContractError, Envelope, Event, Subject, parse
from twincity_schemas.parties import Registry
from twincity_schemas.project import ProjectDescribed
from twincity_schemas.project_record import Agreement, FieldState
from twincity_schemas.receipt import Verdict

ROOT = Path(__file__).parents[2]
STORY = ROOT / "services/demo/story"
GOOD = sorted(p for p in STORY.glob("*/*.json") if p.parent.name != "6-bad")
BAD = sorted(STORY.glob("6-bad/*.json"))
PARTIES = Registry.load(ROOT / "deploy/parties.toml").codes
BY_ADMISSION = {"foreign_source"}

pytestmark = pytest.mark.contract


def name(path: Path) -> str:
    return str(path.relative_to(STORY).with_suffix(""))


def load(path: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return document


def spell(data: dict[str, Any]) -> bytes:
    return json.dumps(data, ensure_ascii=False).encode()


def said(path: Path) -> Event[Any]:
    """Read a statement as the runner sends it, its @reference resolved."""
    document = load(path)
    data = document["data"]
    if data.get("description", "").startswith("@"):
        endorsed = said(STORY / f"{data['description'][1:]}.json")
        assert isinstance(endorsed.data, ProjectDescribed)
        assert endorsed.envelope.party == data["party"]
        assert endorsed.envelope.subject == document["envelope"]["subject"]
        data = data | {"description": endorsed.data.digest}
    envelope = Envelope.model_validate(document["envelope"])
    return parse(envelope.to_headers(), spell(data))


def fold(*paths: Path) -> Any:
    return tell(Subject.parse(said(paths[0]).envelope.subject), map(said, paths))


@pytest.mark.parametrize("path", GOOD, ids=name)
def test_every_statement_keeps_the_contract_without_a_warning(path: Path) -> None:
    event = said(path)
    assert event.data.warnings() == []
    subject = Subject.parse(event.envelope.subject)
    assert event.envelope.party in subject.members
    assert set(subject.members) <= PARTIES


def test_no_two_statements_share_an_id() -> None:
    ids = [(e["source"], e["id"]) for e in (load(path)["envelope"] for path in GOOD)]
    assert len(ids) == len(set(ids))


def test_a_party_speaks_in_the_order_of_its_files() -> None:
    spoken: dict[str, list[Any]] = {}
    for event in map(said, GOOD):
        spoken.setdefault(event.envelope.party, []).append(event.envelope.time)
    assert all(times == sorted(times) for times in spoken.values())


def test_s11_is_disputed_about_money_alone_until_deyang_endorses() -> None:
    described = fold(*sorted(STORY.glob("1-s11/0[12]*.json")))
    disputed = {
        field
        for field, record in described.fields.items()
        if record.state is FieldState.DISPUTED
    }
    assert disputed == {"total_investment"}
    assert fold(*sorted(STORY.glob("1-s11/*.json"))).agreement is Agreement.AGREED


@pytest.mark.parametrize("chapter", ["1-s11", "2-s5", "3-domains"])
def test_every_project_ends_agreed(chapter: str) -> None:
    by_subject: dict[str, list[Path]] = {}
    for path in sorted(STORY.glob(f"{chapter}/*.json")):
        by_subject.setdefault(load(path)["envelope"]["subject"], []).append(path)
    for paths in by_subject.values():
        assert fold(*paths).agreement is Agreement.AGREED


def test_the_items_lie_in_all_five_domains_and_four_classes() -> None:
    items = [e.data for e in map(said, GOOD) if isinstance(e.data, ProjectDescribed)]
    assert len({item.domain for item in items}) == 5
    assert len({item.item_class for item in items}) == 4


@pytest.mark.parametrize("path", sorted(STORY.glob("4-progress/*.json")), ids=name)
def test_progress_figures_say_that_they_are_made_up(path: Path) -> None:
    assert "虚构" in load(path)["data"]["source"]


def raw(value: str | dict[str, str] | None) -> bytes | None:
    match value:
        case None:
            return None
        case str():
            return value.encode()
        case _:
            return base64.b64decode(value["base64"])


@pytest.mark.parametrize("path", BAD, ids=name)
def test_bad_input_is_bad_as_it_says(path: Path) -> None:
    document = load(path)
    headers = [(key, raw(value)) for key, value in document["headers"]]
    expected = document["expect"]
    verdict = Verdict(expected["verdict"])
    assert bool(expected["codes"]) == (verdict is Verdict.REJECTED)
    found: list[str] = []
    try:
        parse(headers, document["value_text"].encode())
    except ContractError as error:
        found = [problem.code for problem in error.problems]
    assert sorted(found) == sorted(set(expected["codes"]) - BY_ADMISSION)


def test_what_is_said_twice_is_said_byte_for_byte() -> None:
    again = load(STORY / "6-bad/06-said-twice.json")
    first = said(STORY / "1-s11/01-chengdu-describes.json")
    assert again["value_text"].encode() == first.value
    assert [(k, raw(v)) for k, v in again["headers"]] == first.envelope.to_headers()


def test_the_article_s_assignments_are_69_and_one_is_verified() -> None:
    said_ = [parse(m.headers, m.value) for m in tasks_of_the_article()]
    assert [event.data.warnings() for event in said_] == [[], [], []]
    records = parts_told(said_[0].envelope.subject, said_)
    listed = [one for part, one in records.items() if part.startswith("assignment/")]
    assert len(listed) == 69
    assert [one.code for one in listed if one.state == "verified"] == ["69"]
    assert all("虚构" in one.wording for one in listed)
