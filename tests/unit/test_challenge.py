"""Challenges and races: from the posting to the acceptance, in any order."""

import json
import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.rules.gate import contradictions
from tests.support.folding import interleaved, spelled, tell, without_effect
from tests.support.properties import PROPERTY
from tests.support.saying import event
from tests.unit.test_recorded import case
from twincity_schemas.challenge_record import (
    ChallengeRecorded,
    ChallengeState,
    EntryState,
)
from twincity_schemas.envelope import Envelope
from twincity_schemas.message import ContractError, Event, parse
from twincity_schemas.values import Subject

EXAMPLES = Path(__file__).parents[2] / "schemas/examples"
SUBJECT = Subject.parse("challenge/chengdu.chongqing.deyang/cold-start-fuel-cell")
A, B, C = "chongqing/team-a", "deyang/team-b", "chengdu/team-c"
OCTOBER = datetime.fromisoformat("2022-10-01T00:10:00+08:00")
POSTED, AWARDED = "chengdu-2022-ch01", "chengdu-2022-ch10"


def example(path: Path) -> Event[Any]:
    document = json.loads(path.read_text("utf-8"))
    headers = Envelope.model_validate(document["envelope"]).to_headers()
    return parse(headers, json.dumps(document["data"]).encode())


STORY = sorted(
    (
        example(path)
        for path in EXAMPLES.glob("challenge.*/*.json")
        if path.parent.name != "challenge.recorded"
    ),
    key=lambda e: e.envelope.id[-2:],
)
"""Posted; three entered; five reviews; awarded; and the race of the three."""


def record(said: Sequence[Event[Any]]) -> ChallengeRecorded:
    told: ChallengeRecorded = tell(SUBJECT, said)
    return told


def said_again(
    of: int,
    party: str | None = None,
    id_: str = "again",
    time: datetime | None = None,
    **more: Any,
) -> Event[Any]:
    """A statement of the story (counted from 1) in other words."""
    model = STORY[of - 1]
    data = model.data.model_dump(mode="json", exclude_none=True) | more
    fact, time = model.type.fact, time or model.envelope.time
    return event(fact, party or model.envelope.party, str(SUBJECT), data, id_, time)


def states(told: ChallengeRecorded) -> list[str]:
    return [told.entries[key].state.value for key in (A, B, C)]


@pytest.mark.parametrize(
    ("steps", "state", "entries"),
    [
        (4, "entered", ["entered", "entered", "entered"]),
        (9, "under-review", ["entered", "entered", "entered"]),
        (10, "implementing", ["implementing", "implementing", "implementing"]),
        (13, "implementing", ["reported", "reported", "reported"]),
        (14, "implementing", ["reported", "implementing", "reported"]),
        (16, "implementing", ["verified", "reported", "reported"]),
        (17, "implementing", ["verified", "verified", "reported"]),
        # The bench is closed: the best two go on, the third is out.
        (18, "implementing", ["implementing", "implementing", "out"]),
        (20, "implementing", ["verified", "implementing", "out"]),
        (21, "implementing", ["implementing", "failed", "out"]),
        (23, "accepted", ["accepted", "failed", "out"]),
    ],
)
def test_the_story_of_a_race(steps: int, state: str, entries: list[str]) -> None:
    told = record(STORY[:steps])
    assert told.state == state
    assert states(told) == entries
    assert told.no_effect == ()


def test_there_is_no_record_before_it_is_posted_and_none_entered_at_first() -> None:
    assert tell(SUBJECT, STORY[1:]) is None
    told = record(STORY[:1])
    assert told.state is ChallengeState.POSTED
    [entered] = told.open
    assert entered.step == "challenge.entered"
    assert (entered.parties, entered.answers) == (SUBJECT.members, POSTED)


def test_entries_come_in_the_order_of_the_jurors_means() -> None:
    told = record(STORY[:9])
    reviews = {key: entry.review for key, entry in told.entries.items()}
    assert list(reviews) == [A, B, C]
    assert [r.score for r in reviews.values() if r] == [
        Decimal("89.5"),
        Decimal("85.1"),
        Decimal("82.8"),
    ]
    assert {o.step for o in told.open} == {"challenge.entered", "challenge.awarded"}


def test_scores_that_are_equal_as_shown_are_tied() -> None:
    said = [
        *STORY[:4],
        *(
            said_again(of, id_=f"{of}-{points}", unit={"name": unit}, scores=scores)
            for of, unit, points in (
                (5, "甲", "33"),
                (5, "乙", "33"),
                (5, "丙", "34"),
                (7, "甲", "34"),
                (7, "乙", "33"),
                (7, "丁", "33"),
                (9, "甲", "33.3333"),
            )
            for scores in [{"approach": points, "team": points}]
        ),
    ]
    told = record(said).entries
    assert [(e.review.rank, e.review.tied) for e in told.values() if e.review] == [
        (1, True),
        (1, True),
        (1, True),
    ]
    assert len({e.review.score for e in told.values() if e.review}) == 1


def test_a_gate_ranks_by_the_weighted_attainment_of_the_goals() -> None:
    [bench] = record(STORY[:18]).gates
    assert bench.closed
    assert [(r.entrant, r.rank, r.score, r.goes_on) for r in bench.results] == [
        ("chongqing", 1, 82, True),
        ("deyang", 2, 70, True),
        ("chengdu", 3, 60, False),
    ]
    assert bench.results[0].attained == {"density": 80, "cold-start": 100, "cost": 60}
    assert [r.late for r in bench.results] == [False, True, True]
    out = record(STORY[:18]).entries[C].exit
    assert out is not None
    assert (out.gate, out.code) == ("bench", "ranked_out")
    assert "前 2 名" in out.zh


def test_attainment_counts_up_to_the_cap_and_not_below_nothing() -> None:
    last = record(STORY).gates[-1]
    assert last.gate is None
    [result] = last.results
    assert result.attained["cold-start"] == 120, "twelve degrees of ten, capped"
    worse = {"density": "2", "cold-start": "-10", "cost": "9999"}
    told = record([*STORY[:10], said_again(11, measured=worse), verified("again")])
    assert set(told.gates[0].results[0].attained.values()) == {Decimal(0)}


def verified(answers: str, of: int = 16) -> Event[Any]:
    return said_again(of, id_=f"verified-{answers}", answers=answers)


def test_whoever_ties_with_the_last_that_is_kept_goes_on() -> None:
    same = STORY[11 - 1].data.model_dump(mode="json")["measured"]
    reports = [
        said_again(of, id_=f"same-{of}", measured=same, answers=AWARDED)
        for of in (11, 12, 13)
    ]
    said = [*STORY[:10], *reports]
    said += [verified(f"same-{of}", of + 5) for of in (11, 12, 13)]
    told = record(said)
    assert [(r.rank, r.tied) for r in told.gates[0].results] == [(1, True)] * 3
    assert states(told) == ["implementing"] * 3


def test_a_gate_stays_open_for_the_slowest() -> None:
    told = record(STORY[:17])
    assert not told.gates[0].closed
    assert {r.goes_on for r in told.gates[0].results} == {None}
    ahead = told.entries[A]
    assert (ahead.state, ahead.gate, ahead.open) == (EntryState.VERIFIED, "bench", ())
    early = said_again(19, id_="early")
    assert [u.code for u in record([*STORY[:17], early]).no_effect] == ["not_open"]


def test_a_single_winner_goes_to_acceptance_at_once() -> None:
    posted = said_again(1, id_=POSTED, mode="single", winners=1, gates=[])
    award = STORY[9].data.model_dump(mode="json")
    award = said_again(10, id_=AWARDED, winners=award["winners"][:1])
    said = [posted, *STORY[1:9], award, STORY[10]]
    told = record(said)
    assert states(told) == ["reported", "not-chosen", "not-chosen"]
    [accepted, *_] = told.entries[A].open
    assert (accepted.step, accepted.parties) == ("challenge.accepted", ("chengdu",))
    done = said_again(23, answers=STORY[10].envelope.id)
    assert record([*said, done]).state is ChallengeState.ACCEPTED


@pytest.mark.parametrize(
    ("steps", "wrong", "code"),
    [
        (1, said_again(2, time=OCTOBER), "after_deadline"),
        (1, said_again(2, answers="elsewhere"), "answers_unknown"),
        (1, said_again(2, promised={"speed": "1"}), "unknown_goal"),
        (4, said_again(1, "deyang", time=OCTOBER), "posted_by_another"),
        (4, said_again(5, answers="elsewhere"), "answers_unknown"),
        (4, said_again(5, scores={"approach": "80"}), "criteria_differ"),
        (4, said_again(10), "answers_unknown"),
        (9, said_again(10, "deyang"), "not_your_step"),
        (9, said_again(11), "not_awarded"),
        (10, said_again(10), "awarded_already"),
        (10, said_again(1), "awarded_already"),
        (10, said_again(2), "said_already"),
        (10, said_again(2, budget="1"), "awarded_already"),
        (10, said_again(5), "not_named"),
        (10, said_again(5, "deyang"), "not_named"),
        (10, said_again(11, "deyang"), "not_your_step"),
        (10, said_again(11, measured={"speed": "1"}), "unknown_goal"),
        (11, said_again(12, answers="elsewhere"), "answers_unknown"),
        (11, said_again(16, "chongqing"), "not_your_step"),
        (11, said_again(16, answers=AWARDED), "overtaken"),
        (11, said_again(23), "answers_unknown"),
        (18, said_again(13, answers="chongqing-2022-ch18"), "not_open"),
    ],
)
def test_a_statement_without_effect_says_why(
    steps: int, wrong: Event[Any], code: str
) -> None:
    before, after = record(STORY[:steps]), record([*STORY[:steps], wrong])
    assert [(u.code, u.statement) for u in after.no_effect] == [(code, "again")]
    changed = {
        "statements": after.statements,
        "no_effect": after.no_effect,
        "postings": after.postings,
    }
    assert before.model_copy(update=changed) == after


def test_an_award_needs_a_review_of_each_and_no_more_than_it_may_have() -> None:
    named = STORY[9].data.model_dump(mode="json")
    unreviewed = said_again(10, reviews=named["reviews"][:4])
    assert [u.code for u in record([*STORY[:9], unreviewed]).no_effect] == [
        "not_reviewed"
    ]
    two = said_again(1, id_=POSTED, winners=2)
    told = record([two, *STORY[1:10]])
    assert [u.code for u in told.no_effect] == ["too_many_winners"]
    assert told.state is ChallengeState.UNDER_REVIEW


def test_whoever_was_recorded_first_is_the_poster() -> None:
    """Neither a code that sorts before, nor an award, takes a challenge over."""
    early = STORY[0].envelope.time - timedelta(days=1)
    posted = said_again(1, "deyang", "first", early)
    told = record([*STORY[:10], posted])
    assert (told.poster, told.award) == ("deyang", None)
    assert "posted_by_another" in {u.code for u in told.no_effect}
    tie = said_again(1, "deyang", "tie")
    assert tell(SUBJECT, [STORY[0], tie]) is None
    assert without_effect(SUBJECT, [STORY[0], tie]) == {
        POSTED: "posted_at_once",
        "tie": "posted_at_once",
    }


def test_nobody_judges_its_own() -> None:
    said = case("poster-wins-its-own-challenge")
    told: ChallengeRecorded = tell(said[0].envelope.subject, said)
    assert told.entries["chongqing/a"].conflict_of_interest
    assert (told.winners, told.award) == ((), None)
    assert {u.statement: u.code for u in told.no_effect} == {
        "cq-r1": "own_entry",
        "cq-a1": "answers_unknown",
        "cq-s1": "not_awarded",
        "cq-s2": "not_awarded",
    }
    assert record(STORY[:10]).entries[C].conflict_of_interest
    own = said_again(18, "chengdu")
    assert [u.code for u in record([*STORY[:17], own]).no_effect] == ["not_your_step"]


def test_a_consortium_has_members() -> None:
    said = case("consortium-has-no-members")
    told: ChallengeRecorded = tell(said[0].envelope.subject, said)
    assert [m.name for m in told.entries["ziyang/a"].members] == [
        "甲大学（虚构）",
        "乙公司（虚构）",
    ]
    assert [e.data.warnings() for e in said] == [[], []]


def test_what_an_award_rests_on_it_names() -> None:
    """A juror's second thoughts count before the award, and not after it."""
    lower = {"approach": "1", "team": "1"}
    second = said_again(5, scores=lower)
    before = record([*STORY[:9], second])
    assert list(before.entries) == [B, C, A]
    assert before.no_effect == (), "the first review is replaced, not refused"
    after = record([*STORY[:9], second, STORY[9]])
    assert list(after.entries) == [A, B, C]
    assert [u.code for u in after.no_effect] == ["not_named"]
    review = after.entries[A].review
    assert review is not None
    assert review.reviews == ("chengdu-2022-ch05", "deyang-2022-ch06")


def test_posted_anew_it_wants_new_entries() -> None:
    anew = said_again(1, id_="anew", deadline="2022-12-31")
    told = record([*STORY[:4], anew])
    assert (told.posting, told.entries) == ("anew", {})
    assert {u.code for u in told.no_effect} == {"overtaken"}
    entered = said_again(2, answers="anew")
    assert list(record([*STORY[:4], anew, entered]).entries) == [A]


def test_an_entry_said_again_replaces_and_its_reviews_are_due_anew() -> None:
    better = said_again(2, budget="500")
    told = record([*STORY[:9], better])
    assert told.entries[A].budget == 500
    assert told.entries[A].review is None
    assert [u.code for u in told.no_effect] == ["overtaken", "overtaken"]
    # The award names what was judged: that version wins.
    awarded = record([*STORY[:9], better, STORY[9]])
    assert awarded.entries[A].budget == 860
    assert [u.code for u in awarded.no_effect] == ["awarded_already"]


def test_when_nobody_is_accepted_it_has_failed() -> None:
    said = [
        *STORY[:10],
        *(
            event(
                "challenge.failed",
                "chongqing" if key == C else "chengdu",
                str(SUBJECT),
                {
                    "entrant": key.partition("/")[0],
                    "entry": key.partition("/")[2],
                    "answers": AWARDED,
                    "note": "未开工",
                    "as_of": "2023",
                },
                f"failed-{key}",
            )
            for key in (A, B, C)
        ),
    ]
    told = record(said)
    assert told.state is ChallengeState.FAILED
    assert {(e.exit.gate, e.exit.code) for e in told.entries.values() if e.exit} == {
        ("bench", "failed")
    }
    assert [(g.gate, g.closed, g.results) for g in told.gates] == [("bench", True, ())]


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"winners": 1}, "winners_of_mode"),
        ({"mode": "single"}, "winners_of_mode"),
        ({"winners": 0}, "greater_than_equal"),
        ({"goals": []}, "too_short"),
        ({"cap": "99"}, "decimal_text"),
    ],
)
def test_a_posting_that_cannot_be_run_is_refused(
    wrong: dict[str, Any], code: str
) -> None:
    with pytest.raises(ContractError) as refused:
        said_again(1, **wrong)
    assert [problem.code for problem in refused.value.problems] == [code]


@pytest.mark.parametrize("part", ["goals", "criteria", "gates"])
def test_no_code_is_there_twice(part: str) -> None:
    twice = STORY[0].data.model_dump(mode="json", exclude_none=True)[part][:1] * 2
    with pytest.raises(ContractError, match="twice"):
        said_again(1, **{part: twice})


def test_admission_refuses_parties_that_are_no_members() -> None:
    named = STORY[9].data.model_dump(mode="json")
    named["winners"][1]["entrant"] = "ziyang"
    named["reviews"][2]["party"] = "meishan"
    assert [p.pointer for p in contradictions(said_again(10, **named))] == [
        "/winners/1/entrant",
        "/reviews/2/party",
    ]
    for of in (5, 11, 14, 16, 21, 23):
        [found] = contradictions(said_again(of, entrant="ziyang"))
        assert (found.pointer, found.code) == ("/entrant", "not_a_member")


# --- any interleaving, byte-equal records -------------------------------------

IDS = st.sampled_from([e.envelope.id for e in STORY])
POINTS = st.sampled_from(["0", "33.3333", "50", "100"])
VALUES = st.sampled_from(["0", "4.5", "-30", "-999999999999.999999", "999999999999"])
MEASURED = st.dictionaries(
    st.sampled_from(["density", "density", "cost", "cold-start", "speed"]), VALUES
)
ENTRIES = st.sampled_from([A, B, C]).map(lambda key: key.split("/"))
GOALS = st.lists(
    st.tuples(
        st.sampled_from(["density", "cost", "cold-start"]),
        VALUES,
        st.one_of(st.none(), VALUES),
        st.sampled_from(["at-least", "at-most"]),
        st.sampled_from(["0.0001", "1", "9999"]),
    ).map(
        lambda g: {
            "code": g[0],
            "what": "指标",
            "unit": "个",
            "target": g[1],
            **({} if g[2] is None else {"baseline": g[2]}),
            "bound": g[3],
            "weight": g[4],
        }
    ),
    min_size=1,
    max_size=3,
    unique_by=lambda goal: str(goal["code"]),
)


@st.composite
def changed(draw: st.DrawFn, model: Event[Any], party: str) -> Event[Any]:
    """A statement of the story with something in it otherwise."""
    data = model.data.model_dump(mode="json", exclude_none=True)
    changes = {
        "answers": IDS,
        "entrant": ENTRIES.map(lambda e: e[0]),
        "measured": MEASURED,
        "scores": st.fixed_dictionaries({"approach": POINTS, "team": POINTS}),
        "goals": GOALS,
        "as_of": st.sampled_from(["2022", "2022-09-30", "2022-10-01"]),
        "domain": st.sampled_from(["industry", "innovation"]),
        "winners": st.just(data.get("winners")),
        "reviews": st.permutations(data.get("reviews", [])).map(lambda r: r[:4] or r),
        "cap": st.sampled_from(["100", "999"]),
    }
    field = draw(st.sampled_from(sorted(data.keys() & changes.keys())))
    more = {field: draw(changes[field])}
    return event(
        model.type.fact, party, str(SUBJECT), data | more, draw(IDS | st.just("new"))
    )


@st.composite
def histories(draw: st.DrawFn) -> list[list[Event[Any]]]:
    """The story as its parties told it, with gaps, repeats, changes, strangers."""
    told: dict[str, list[Event[Any]]] = {party: [] for party in SUBJECT.members}
    length = draw(st.integers(1, len(STORY)))
    # Told as it was up to somewhere, so that races are run to their end too.
    smooth = draw(st.integers(0, length))
    for number, model in enumerate(STORY[:length]):
        party = model.envelope.party
        match draw(st.integers(0, 7)) if number >= smooth else None:
            case 0:
                continue
            case 1:
                told[party] += [model, model]
            case 2:
                told[party] += [draw(changed(model, party))]
            case 3:
                told[party] += [model, draw(changed(model, party))]
            case 4:
                other = draw(st.sampled_from(SUBJECT.members))
                told[other].append(draw(changed(model, other)))
                told[party].append(model)
            case _:
                told[party].append(model)
    return list(told.values())


@PROPERTY
@given(histories(), st.randoms(use_true_random=False))
def test_any_interleaving_gives_byte_equal_records(
    histories: list[list[Event[Any]]], chance: random.Random
) -> None:
    one_after_the_other = [s for history in histories for s in history]
    other = interleaved(histories, chance)
    assert spelled(SUBJECT, one_after_the_other) == spelled(SUBJECT, other)
