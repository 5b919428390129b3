"""The registry changes while everything runs; what was said is judged by its day."""

import shutil
from datetime import date, timedelta
from pathlib import Path

import pytest

from services.admission.service import make_processor
from services.runtime.registering import Registered
from tests.support.commands import Ran, twincity
from tests.unit.test_gate import SAID, SAID_MS, Inbox
from twincity_schemas.parties import CHINA, Registry, Suspension

PARTIES = Path("deploy/parties.toml")
SAID_ON = SAID.time.astimezone(CHINA).date()
DAY = timedelta(days=1)
DAY_MS = 86_400_000


@pytest.fixture
def parties(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    copy = tmp_path / "parties.toml"
    shutil.copy(PARTIES, copy)
    monkeypatch.setenv("TWINCITY_PARTIES", str(copy))
    monkeypatch.delenv("TWINCITY_KAFKA", raising=False)
    return copy


def suspended(since: date, until: date | None = None) -> Registry:
    registry = Registry.load(PARTIES)
    stop = Suspension(since=since, until=until)
    return registry.model_copy(
        update={
            "party": tuple(
                party.model_copy(update={"suspensions": (stop,)})
                if party.code == "chengdu"
                else party
                for party in registry.party
            )
        }
    )


def test_a_suspended_party_is_refused_from_its_day_on_and_no_earlier() -> None:
    processor = make_processor(suspended(SAID_ON, SAID_ON + 2 * DAY))
    door = Inbox(processor)
    verdicts = []
    for days in (-1, 0, 1, 2):
        said = SAID.model_copy(update={"id": f"said-{days}"})
        receipt, passed_on = door.put(
            said.to_headers(), timestamp=SAID_MS + days * DAY_MS
        )
        verdicts.append((receipt.data.verdict, passed_on is not None))
        if receipt.data.problems:
            [problem] = receipt.data.problems
            assert problem.code == "party_suspended"
            assert "已停止" in problem.zh
    assert verdicts == [
        ("accepted", True),
        ("rejected", False),
        ("rejected", False),
        ("accepted", True),
    ]


def test_a_later_registry_judges_what_was_recorded_alike() -> None:
    """Whenever a process learns of it: the answer to one statement is the same."""
    later = suspended(SAID_ON + DAY)
    knew, learns = make_processor(later), make_processor(Registry.load(PARTIES))
    for days in (0, 1, 2):
        said = SAID.model_copy(update={"id": f"said-{days}"}).to_headers()
        timestamp = SAID_MS + days * DAY_MS
        first, _ = Inbox(knew).put(said, timestamp=timestamp)
        if days:
            learns.learn(later)
        again, _ = Inbox(learns).put(said, timestamp=timestamp)
        assert first.data.verdict == again.data.verdict


def test_who_is_named_before_it_was_registered_is_not_known() -> None:
    registry = Registry.load(PARTIES)
    late = registry.model_copy(
        update={
            "party": tuple(
                party.model_copy(update={"since": SAID_ON + DAY})
                if party.code == "deyang"
                else party
                for party in registry.party
            )
        }
    )
    for days, codes in ((0, ["unknown_party"]), (1, [])):
        receipt, _ = Inbox(make_processor(late)).put(
            SAID.to_headers(), timestamp=SAID_MS + days * DAY_MS
        )
        assert [problem.code for problem in receipt.data.problems] == codes


def test_a_file_that_cannot_be_used_changes_nothing(
    parties: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    registered = Registered.load(parties)
    assert not registered.look()
    before, text = registered.now, parties.read_text("utf-8")
    entries = text.split("[[party]]")
    moved = "[[party]]".join([entries[0], *reversed(entries[1:])])
    for wrong in (
        "party = ",
        text.replace('"ziyang"', '"leshan"'),
        text + text,
        "",
        moved,
    ):
        parties.write_text(wrong, "utf-8")
        assert not registered.look(), wrong
        assert registered.now is before
        assert "registry.unreadable" in capsys.readouterr().out
        assert not registered.look()  # said once
        assert not capsys.readouterr().out
    parties.unlink()
    assert not registered.look()
    new = text + text[text.rindex("[[party]]") :].replace("ziyang", "leshan")
    parties.write_text(new, "utf-8")
    assert registered.look()
    assert "leshan" in registered.codes
    assert registered.now.codes == registered.codes


def run(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *words: str
) -> Ran:
    return twincity(capsys, monkeypatch, "parties", *words)


LESHAN = (
    *("add", "leshan", "--zh", "乐山市", "--en", "Leshan"),
    *("--region", "511100", "--cluster", "chengdu"),
)


def test_the_file_keeps_its_comments_and_its_wrong_change_is_none(
    parties: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = parties.read_text("utf-8")
    assert run(capsys, monkeypatch, *LESHAN, "--since", "2026-12-01").status == 0
    text = parties.read_text("utf-8")
    assert text.startswith(before)
    leshan = Registry.load(parties)["leshan"]
    assert (leshan.zh, leshan.since) == ("乐山市", date(2026, 12, 1))
    # Again: nothing is left to do.
    assert run(capsys, monkeypatch, *LESHAN).status == 0
    assert parties.read_text("utf-8") == text
    suspend = ("suspend", "chengdu", "--since", "2026-12-01", "--until", "2026-12-05")
    assert run(capsys, monkeypatch, *suspend).status == 0
    assert run(capsys, monkeypatch, "suspend", "leshan").status == 0
    assert Registry.load(parties)["chengdu"].suspensions == (
        Suspension(since=date(2026, 12, 1), until=date(2026, 12, 5)),
    )
    assert before.splitlines()[0] in parties.read_text("utf-8")
    assert "2026-12-05" in run(capsys, monkeypatch, "list", "--json").out
    assert "suspended" in run(capsys, monkeypatch, "list").out
    text = parties.read_text("utf-8")
    for wrong in (
        ("add", "Leshan", *LESHAN[2:]),
        ("add", "operators", *LESHAN[2:]),
        ("add", "chengdu", *LESHAN[2:]),
        (*LESHAN, "--since", "someday"),
        ("suspend", "nobody"),
    ):
        ran = run(capsys, monkeypatch, *wrong)
        assert ran.status in {1, 2}, wrong
        assert ran.err.count("\n") == 1
        assert parties.read_text("utf-8") == text
