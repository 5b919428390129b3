"""Sharing across the border: stock stays, what comes on top is shared by the ratio."""

import random
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.coordination import sharing_terms
from services.coordination.sharing_disputes import Disputes, DisputesView
from services.coordination.sharing_terms import AgreedText
from services.rules.due import outstanding
from services.rules.remembered import remember
from tests.support.folding import (
    Shard,
    batches,
    interleaved,
    parts,
    told,
    without_effect,
)
from tests.support.properties import PROPERTY
from tests.support.saying import event
from twincity_schemas.message import ContractError, Event
from twincity_schemas.project_record import Agreement
from twincity_schemas.sharing import SharingDescribed
from twincity_schemas.sharing_record import (
    DisputeState,
    FigureDispute,
    ItemShares,
    ShareRecorded,
    ShareState,
)

PARK = "sharing/chengdu.chongqing/joint-park"
THREE = "sharing/chengdu.chongqing.deyang/joint-park"
YEARS = range(2022, 2027)


def on(day: str) -> datetime:
    return datetime.fromisoformat(f"{day}T09:00:00+08:00")


def term(**changes: Any) -> dict[str, Any]:
    return {
        "code": "vat",
        "kind": "tax",
        "name": "增值税地方留存部分",
        "base_year": 2021,
        "stock": [
            {"party": "chengdu", "amount": "12000"},
            {"party": "chongqing", "amount": "8000"},
        ],
        "ratio": [
            {"party": "chengdu", "percent": "50"},
            {"party": "chongqing", "percent": "50"},
        ],
        "below_stock": "kept",
        "remainder_to": "chongqing",
        **changes,
    }


def ratio(**percent: str) -> list[dict[str, str]]:
    return [{"party": party, "percent": part} for party, part in percent.items()]


def stock(**amount: str) -> list[dict[str, str]]:
    return [{"party": party, "amount": one} for party, one in amount.items()]


def text(*terms: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {
        "title": "共建园区",
        "domain": "public-policy",
        "begins": 2022,
        "terms": [*(terms or (term(),))],
        "as_of": "2022",
        "source": "协议",
        **changes,
    }


def described(
    content: dict[str, Any],
    party: str = "chongqing",
    day: str = "2022-03-01",
    of: str = PARK,
) -> Event[Any]:
    id_ = f"{party}-d-{day}"
    return event("sharing.described", party, of, content, id_, on(day))


def endorsed(
    meant: Event[SharingDescribed], party: str = "chengdu", day: str = "2022-03-09"
) -> Event[Any]:
    data = {"party": meant.envelope.party, "description": meant.data.digest}
    of = meant.envelope.subject
    return event("sharing.endorsed", party, of, data, f"{party}-e-{day}", on(day))


def collected(  # noqa: PLR0913  as short as a sentence where it is used
    party: str,
    amount: str,
    year: int = 2022,
    *,
    item: str = "vat",
    day: str = "",
    of: str = PARK,
) -> Event[Any]:
    data = {
        "item": item,
        "year": year,
        "amount": amount,
        "as_of": min(f"{year}-12", day[:7]) if day else f"{year}-12",
        "source": "税务月报",
    }
    day = day or f"{year + 1}-02-01"
    id_ = f"{party}-{item}-{year}-{day}"
    return event("sharing.collected", party, of, data, id_, on(day))


def agreed(*terms: dict[str, Any], **changes: Any) -> list[Event[Any]]:
    one = described(text(*terms, **changes))
    return [one, endorsed(one)]


def year(
    said: Sequence[Event[Any]], number: int = 2022, of: str = PARK
) -> ShareRecorded:
    record: ShareRecorded = told(of, said)[f"share/{number}"]
    return record


def item(said: Sequence[Event[Any]], number: int = 2022) -> ItemShares:
    return year(said, number).items["vat"]


def shares(one: ItemShares) -> dict[str, Decimal | None]:
    return {party: share.share for party, share in one.by.items()}


def test_the_stock_stays_and_what_comes_on_top_is_shared_by_halves() -> None:
    one = item(
        [*agreed(), collected("chengdu", "15000"), collected("chongqing", "9000")]
    )
    assert one.state is ShareState.SHARED
    assert (one.total, one.stock, one.increment) == (24000, 20000, 4000)
    assert shares(one) == {"chengdu": 14000, "chongqing": 10000}
    assert one.by["chengdu"].transfer == -1000
    assert one.by["chongqing"].transfer == 1000


def test_taxes_output_and_statistics_are_each_shared_by_their_own_terms() -> None:
    """税收、产值、统计: one agreement, each year from the base year's stock."""
    output = term(
        code="output",
        kind="output",
        name="工业总产值",
        stock=stock(chengdu="100", chongqing="300"),
        ratio=ratio(chengdu="60", chongqing="40"),
    )
    counted = term(
        code="gdp",
        kind="statistics",
        name="地区生产总值统计分算",
        stock=stock(chengdu="0", chongqing="0"),
        ratio=ratio(chengdu="100", chongqing="0"),
    )
    said = agreed(term(), output, counted)
    for number, more in ((2022, 0), (2023, 1000)):
        for code, ours, theirs in (
            ("vat", 13000, 9000),
            ("output", 200, 300),
            ("gdp", 50, 50),
        ):
            said += [
                collected("chengdu", str(ours + more), number, item=code),
                collected("chongqing", str(theirs), number, item=code),
            ]
    records = told(PARK, said)
    for number, expected in (
        (2022, {"vat": (13000, 9000), "output": (160, 340), "gdp": (100, 0)}),
        (2023, {"vat": (13500, 9500), "output": (760, 740), "gdp": (1100, 0)}),
    ):
        items = records[f"share/{number}"].items
        assert {code: str(one.kind) for code, one in items.items()} == {
            "vat": "tax",
            "output": "output",
            "gdp": "statistics",
        }
        assert {
            code: tuple(shares(one)[party] for party in ("chengdu", "chongqing"))
            for code, one in items.items()
        } == expected


@pytest.mark.parametrize(
    ("below", "state", "expected"),
    [
        ("kept", ShareState.STOCK_ONLY, {"chengdu": 9000, "chongqing": 8500}),
        ("shared", ShareState.SHARED, {"chengdu": 10750, "chongqing": 6750}),
    ],
)
def test_a_year_below_the_stock_is_what_was_agreed_beforehand(
    below: str, state: ShareState, expected: dict[str, int]
) -> None:
    said = agreed(term(below_stock=below))
    one = item([*said, collected("chengdu", "9000"), collected("chongqing", "8500")])
    assert one.increment == -2500
    assert one.state is state
    assert shares(one) == expected


@pytest.mark.parametrize("to", ["chengdu", "chongqing"])
def test_the_last_fen_goes_where_the_text_says(to: str) -> None:
    said = agreed(term(remainder_to=to))
    low = collected("chengdu", "12000.000001"), collected("chongqing", "8000")
    one = item([*said, *low])
    stood = {"chengdu": Decimal(12000), "chongqing": Decimal(8000)}
    assert shares(one) == {**stood, to: stood[to] + Decimal("0.000001")}


@pytest.mark.parametrize("second", ["49.9999", "50.0001", "100"])
def test_a_ratio_that_is_not_of_the_whole_is_refused(second: str) -> None:
    with pytest.raises(ContractError) as refused:
        described(text(term(ratio=ratio(chengdu="50", chongqing=second))))
    assert refused.value.problems[0].code == "ratio_not_whole"


def test_a_base_year_within_the_period_is_refused() -> None:
    with pytest.raises(ContractError, match="base year 2022 of vat"):
        described(text(term(base_year=2022)))


def test_nobody_is_in_the_ratio_twice() -> None:
    twice = [*ratio(chengdu="50"), *ratio(chengdu="50")]
    with pytest.raises(ContractError, match="twice"):
        described(text(term(ratio=twice)))


def test_the_order_of_a_list_is_no_dispute() -> None:
    turned = term(
        ratio=ratio(chongqing="50", chengdu="50"),
        stock=stock(chongqing="8000", chengdu="12000"),
    )
    both = [described(text()), described(text(turned), "chengdu")]
    assert told(PARK, both)[""].agreement is Agreement.AGREED


def test_items_that_only_one_of_them_lists_are_not_agreed() -> None:
    # Units and regions add up where each lists its own; what is paid does not.
    both = [described(text()), described(text(term(code="gdp")), "chengdu")]
    header = told(PARK, both)[""]
    assert header.agreement is Agreement.DISPUTED
    assert header.in_force is None


def test_without_agreement_figures_stand_and_nothing_is_shared() -> None:
    said = [
        described(text()),
        described(text(term(ratio=ratio(chengdu="60", chongqing="40"))), "chengdu"),
        collected("chengdu", "15000"),
        collected("chongqing", "9000"),
    ]
    one = item(said)
    assert one.state is ShareState.NOT_AGREED
    assert one.by["chengdu"].collected == 15000
    assert shares(one) == {"chengdu": None, "chongqing": None}


def test_whoever_is_silent_is_named_and_due_once_the_year_is_over() -> None:
    record = year([*agreed(), collected("chengdu", "15000")])
    one = record.items["vat"]
    assert (one.state, one.missing) == (ShareState.INCOMPLETE, ("chongqing",))
    assert one.total is None
    [due] = outstanding(record, "2023-02")
    assert (due.party, due.due, due.overdue) == ("chongqing", "2022", True)
    [due] = outstanding(record, "2022-11")
    assert not due.overdue
    header = told(PARK, [*agreed(), collected("chengdu", "15000")])[""]
    assert [(one.part, one.due) for one in header.open] == [("share/2022", "2022")]


OTHER = text(term(ratio=ratio(chengdu="100", chongqing="0")))


@pytest.mark.parametrize("day", ["2022-12-31", "2023-03-01"])
def test_to_say_another_ratio_does_not_escape_the_agreed_one(day: str) -> None:
    said = [*agreed(), collected("chengdu", "15000"), collected("chongqing", "9000")]
    header = told(PARK, [*said, described(OTHER, "chengdu", day)])[""]
    assert header.agreement is Agreement.DISPUTED
    assert header.in_force.terms[0].ratio[0].percent == 50
    assert shares(item([*said, described(OTHER, "chengdu", day)])) == shares(item(said))


def test_a_refusal_of_what_was_agreed_does_not_end_it() -> None:
    said = [*agreed(), collected("chengdu", "15000"), collected("chongqing", "9000")]
    data = {
        "party": "chongqing",
        "description": said[0].data.digest,
        "reason": "比例不妥",
    }
    no = event("sharing.declined", "chengdu", PARK, data, "no", on("2022-12-31"))
    assert told(PARK, [*said, no])[""].agreement is Agreement.DECLINED
    assert shares(item([*said, no])) == shares(item(said))


def test_a_ratio_that_all_change_later_leaves_the_years_before_as_they_were() -> None:
    figures = [
        collected(party, amount, number)
        for number in (2022, 2023)
        for party, amount in (("chengdu", "15000"), ("chongqing", "9000"))
    ]
    anew = described(OTHER, "chengdu", "2023-05-01")
    said = [*agreed(), *figures, anew, endorsed(anew, "chongqing", "2023-05-09")]
    assert shares(item(said)) == {"chengdu": 14000, "chongqing": 10000}
    assert shares(item(said, 2023)) == {"chengdu": 16000, "chongqing": 8000}


def test_a_text_that_begins_later_leaves_the_years_before_to_the_former() -> None:
    anew = described({**OTHER, "begins": 2024}, "chengdu", "2022-11-01")
    said = [
        *agreed(),
        anew,
        endorsed(anew, "chongqing", "2022-11-09"),
        collected("chengdu", "15000", 2023),
        collected("chongqing", "9000", 2023),
    ]
    assert shares(item(said, 2023)) == {"chengdu": 14000, "chongqing": 10000}


def test_a_year_that_had_no_text_follows_the_first_that_all_agree_on_for_it() -> None:
    late = described(text(), day="2024-06-01")
    figures = [collected("chengdu", "15000"), collected("chongqing", "9000")]
    said = [*figures, late, endorsed(late, day="2024-06-09")]
    assert shares(item(said)) == {"chengdu": 14000, "chongqing": 10000}
    assert year(said).agreed_since == on("2024-06-09")


def left(party: str, day: str, of: str = PARK) -> Event[Any]:
    data = {"reason": "退出"}
    return event("sharing.withdrawn", party, of, data, f"{party}-w-{day}", on(day))


@pytest.mark.parametrize(
    ("day", "last"), [("2023-12-31", 2023), ("2024-01-01", 2024), ("2022-12-31", 2022)]
)
def test_who_leaves_shares_the_year_in_which_it_leaves_and_none_after(
    day: str, last: int
) -> None:
    figures = [
        collected(party, "15000", number)
        for number in (2022, 2023, 2024, 2025)
        for party in ("chengdu", "chongqing")
    ]
    records = told(PARK, [*agreed(), *figures, left("chengdu", day)])
    shared = [
        number
        for number in (2022, 2023, 2024, 2025)
        if records[f"share/{number}"].items["vat"].state is ShareState.SHARED
    ]
    assert shared == [*range(2022, last + 1)]
    assert records[""].agreement is Agreement.WITHDRAWN
    assert records[""].in_force is None


def test_those_who_stay_need_a_text_that_does_not_name_the_leaver() -> None:
    thirds = term(
        ratio=ratio(chengdu="40", chongqing="40", deyang="20"), remainder_to="deyang"
    )
    first = described(text(thirds), of=THREE)
    both = [first, endorsed(first), endorsed(first, "deyang")]
    figures = [
        collected(party, "15000", 2024, of=THREE) for party in ("chengdu", "chongqing")
    ]
    gone = [*both, left("deyang", "2023-05-01", THREE), *figures]
    assert year(gone, 2024, THREE).items["vat"].state is ShareState.NOT_AGREED
    anew = described(text(), day="2024-02-01", of=THREE)
    now = year([*gone, anew, endorsed(anew, day="2024-02-09")], 2024, THREE)
    assert shares(now.items["vat"]) == {"chengdu": 17000, "chongqing": 13000}


def test_what_was_agreed_is_gone_through_once_a_statement(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    gone_through, follow = [], sharing_terms.agreed

    def counting(*args: Any) -> list[AgreedText]:
        gone_through.append(args)
        return follow(*args)

    monkeypatch.setattr(sharing_terms, "agreed", counting)
    shard = Shard("coordination")
    shard.take([*agreed(), *(collected("chengdu", "15000", y) for y in YEARS)])
    gone_through.clear()
    shard.take([described(text(term(remainder_to="chengdu")), day="2023-03-01")])
    assert len(gone_through) == 1  # though every year may follow another text now
    shard.take([collected("chengdu", "15001", YEARS[0], day="2040-01-01")])
    assert len(gone_through) == 1


def test_what_a_party_does_not_collect_it_cannot_state() -> None:
    only = term(stock=stock(chengdu="12000"))
    record = year(
        [
            *agreed(only),
            collected("chengdu", "15000"),
            collected("chongqing", "1"),
            collected("chongqing", "1", item="gdp"),
        ]
    )
    assert [(one.party, one.code) for one in record.no_effect] == [
        ("chongqing", "not_an_item"),
        ("chongqing", "not_collected_by"),
    ]
    assert shares(record.items["vat"]) == {"chengdu": 13500, "chongqing": 1500}


def test_a_figure_said_again_replaces_and_keeps_the_former_in_sight() -> None:
    said = [*agreed(), collected("chengdu", "15000"), collected("chongqing", "9000")]
    one = item([*said, collected("chengdu", "14000", day="2023-04-01")])
    assert (one.by["chengdu"].collected, one.by["chengdu"].version) == (14000, 2)
    assert [past.amount for past in one.by["chengdu"].before] == [15000]
    assert shares(one) == {"chengdu": 13500, "chongqing": 9500}


# --- a figure that is doubted -------------------------------------------------

BOTH = [*agreed(), collected("chengdu", "15000"), collected("chongqing", "9000")]


def disputed(  # noqa: PLR0913  as short as a sentence where it is used
    by: str = "chongqing",
    *,
    about: str = "chengdu",
    figure: str = "chengdu-vat-2022-2023-02-01",
    claimed: str = "14000",
    day: str = "2023-03-01",
    of: str = PARK,
) -> Event[Any]:
    data = {
        "party": about,
        "year": 2022,
        "answers": figure,
        "claimed": claimed,
        "evidence": "附税票（虚构）",
        "as_of": day,
    }
    return event("sharing.disputed", by, of, data, f"{by}-doubts-{day}", on(day))


def kept(
    by: str = "chengdu", *, dispute: str = "2023-03-01", day: str = "2023-03-09"
) -> Event[Any]:
    data = {
        "raised_by": "chongqing",
        "year": 2022,
        "answers": f"chongqing-doubts-{dispute}",
        "reason": "经核无误（虚构）",
        "as_of": day,
    }
    return event("sharing.answered", by, PARK, data, f"{by}-keeps-{day}", on(day))


def of_the_dispute(said: Sequence[Event[Any]]) -> FigureDispute:
    [one] = item(said).by["chengdu"].disputes
    return one


def test_a_dispute_stands_beside_the_figure_and_is_due_until_it_is_answered() -> None:
    doubted = [*BOTH, disputed()]
    one = of_the_dispute(doubted)
    assert (one.raised_by, one.amount, one.claimed) == ("chongqing", 15000, 14000)
    assert (one.state, one.answer) == (DisputeState.OPEN, None)
    assert shares(item(doubted)) == shares(item(BOTH))
    assert item(doubted).by["chengdu"].collected == 15000
    assert item(doubted).by["chongqing"].disputes == ()
    [due] = outstanding(year(doubted), "2023-03")
    assert (due.kind, due.party, due.overdue) == (
        "年度数质疑 disputed figure",
        "chengdu",
        False,
    )
    assert [one.part for one in told(PARK, doubted)[""].open] == ["share/2022"]
    answered = [*doubted, kept()]
    one = of_the_dispute(answered)
    assert (one.state, one.reason) == (DisputeState.KEPT, "经核无误（虚构）")
    assert one.answer == "chengdu-keeps-2023-03-09"
    assert list(outstanding(year(answered), "2023-04")) == []
    assert told(PARK, answered)[""].open == ()


def test_another_amount_answers_a_dispute_and_the_same_one_does_not() -> None:
    again = collected("chengdu", "15000.00", day="2023-03-05")
    assert of_the_dispute([*BOTH, disputed(), again]).state is DisputeState.OPEN
    anew = collected("chengdu", "14000", day="2023-03-06")
    said = [*BOTH, disputed(), again, anew]
    one = of_the_dispute(said)
    assert (one.state, one.answer) == (DisputeState.CORRECTED, anew.envelope.id)
    assert one.amount == 15000
    assert item(said).by["chengdu"].collected == 14000
    assert shares(item(said)) == {"chengdu": 13500, "chongqing": 9500}


CORRECTED = collected("chengdu", "14000", day="2023-02-20")


@pytest.mark.parametrize(
    ("more", "idle"),
    [
        ([disputed("chengdu")], {"chengdu-doubts-2023-03-01": "own_figure"}),
        ([disputed(figure="none")], {"chongqing-doubts-2023-03-01": "no_figure"}),
        (
            [disputed(), disputed(day="2023-03-04")],
            {"chongqing-doubts-2023-03-04": "said_already"},
        ),
        (
            [CORRECTED, disputed()],
            {"chongqing-doubts-2023-03-01": "figure_replaced"},
        ),
        ([kept()], {"chengdu-keeps-2023-03-09": "no_dispute"}),
        (
            [disputed(), kept(day="2023-02-28")],
            {"chengdu-keeps-2023-02-28": "no_dispute"},
        ),
        (
            [disputed(), kept("chongqing")],
            {"chongqing-keeps-2023-03-09": "not_your_step"},
        ),
        (
            [disputed(), kept(), kept(day="2023-03-10")],
            {"chengdu-keeps-2023-03-10": "said_already"},
        ),
    ],
)
def test_what_answers_to_nothing_has_no_effect(
    more: list[Event[Any]], idle: dict[str, str]
) -> None:
    said = [*BOTH, *more]
    assert without_effect(PARK, said) == idle
    assert {one.statement: one.code for one in year(said).no_effect} == idle


def test_a_dispute_that_comes_before_its_figure_counts_once_that_is_there() -> None:
    first, second = BOTH[:2], BOTH[2:]
    assert without_effect(PARK, [*first, disputed(), *second]) == {}
    assert of_the_dispute([*first, disputed(), *second]).state is DisputeState.OPEN


@PROPERTY
@given(
    st.lists(st.sampled_from([14000, 15000, 16000]), max_size=3),
    st.lists(st.integers(0, 40), max_size=3, unique=True),
    st.lists(st.integers(0, 40), max_size=3, unique=True),
)
def test_no_dispute_and_no_answer_is_lost(
    amounts: list[int], doubts: list[int], answers: list[int]
) -> None:
    """Every dispute and answer is in the record, or its publisher is told why not."""
    begins = date(2023, 2, 1)
    own = [
        collected("chengdu", str(amount), day=f"{begins + timedelta(days=10 * n)}")
        for n, amount in enumerate([15000, *amounts])
    ]
    raised = [
        disputed(
            figure=own[day % len(own)].envelope.id,
            day=f"{begins + timedelta(days=day)}",
        )
        for day in sorted(doubts)
    ]
    kept_ = [
        kept(
            dispute=f"{begins + timedelta(days=(doubts or [0])[0])}",
            day=f"{begins + timedelta(days=day)}",
        )
        for day in sorted(answers)
    ]
    versions = tuple(map(remember, own))
    views = {
        "chengdu": DisputesView(answered=tuple(map(remember, kept_))),
        "chongqing": DisputesView(raised=tuple(map(remember, raised))),
    }
    disputes = Disputes({("chengdu", "vat"): versions}, views)
    shown = disputes.by_place.get(("chengdu", "vat"), [])
    idle = [one.statement for one in disputes.no_effect]
    in_sight = [one.statement for one in shown] + idle
    in_sight += [one.answer for one in shown if one.state is DisputeState.KEPT]
    late = [o for o in shown if o.state is DisputeState.CORRECTED and o.reason]
    assert len(in_sight) + len(late) == len(raised) + len(kept_)
    assert {one.envelope.id for one in raised} <= {*in_sight}
    assert [o.recorded for o in shown] == sorted(o.recorded for o in shown)
    # Only of the amount that stands can a dispute be open, or be refused.
    for one in shown:
        if one.state is not DisputeState.CORRECTED:
            assert one.amount == own[-1].data.amount


# --- any figures, any order ---------------------------------------------------

PARTIES = ("chengdu", "chongqing", "deyang")
AMOUNTS = st.decimals(0, 10**11, places=6)


@st.composite
def divisions(draw: st.DrawFn) -> dict[str, str]:
    """A ratio of three parties that is 100 % in all, to four places."""
    cuts = sorted(draw(st.lists(st.integers(0, 10**6), min_size=2, max_size=2)))
    steps = [*cuts, 10**6]
    whole = [b - a for a, b in zip([0, *cuts], steps, strict=True)]
    return {
        party: format(Decimal(part).scaleb(-4).normalize(), "f")
        for party, part in zip(PARTIES, whole, strict=True)
    }


@PROPERTY
@given(
    divisions(),
    st.lists(AMOUNTS, min_size=6, max_size=6),
    st.sampled_from(PARTIES),
    st.sampled_from(["kept", "shared"]),
)
def test_shares_add_up_to_the_total_to_the_fen_and_follow_the_ratio(
    percent: dict[str, str], amounts: list[Decimal], to: str, below: str
) -> None:
    before = dict(zip(PARTIES, amounts[:3], strict=True))
    now = dict(zip(PARTIES, amounts[3:], strict=True))
    terms = term(
        stock=stock(**{p: format(a, "f") for p, a in before.items()}),
        ratio=ratio(**percent),
        remainder_to=to,
        below_stock=below,
    )
    first = described(text(terms), of=THREE)
    figures = [collected(p, format(a, "f"), of=THREE) for p, a in now.items()]
    said = [first, endorsed(first), endorsed(first, "deyang"), *figures]
    one = year(said, of=THREE).items["vat"]
    given_ = {p: share.share or Decimal() for p, share in one.by.items()}
    assert sum(given_.values()) == one.total == sum(now.values())
    assert sum(share.transfer or 0 for share in one.by.values()) == 0
    increment = sum(now.values()) - sum(before.values())
    if increment < 0 and below == "kept":
        assert given_ == now
        return
    for party in PARTIES:
        exact = before[party] + increment * Decimal(percent[party]) / 100
        most = Decimal("0.000003") if party == to else Decimal("0.000001")
        assert abs(given_[party] - exact) < most


ACTS = st.lists(
    st.tuples(
        st.sampled_from(["described", "other", "endorsed", "left", "back", "figure"]),
        st.integers(0, 900),
        st.integers(2022, 2024),
    ),
    max_size=6,
)


def acts(party: str, drawn: list[tuple[str, int, int]]) -> list[Event[Any]]:
    first, other = described(text()), described(OTHER, "chengdu")
    meant = other if party == "chongqing" else first
    answer = {
        "party": meant.envelope.party,
        "description": meant.data.digest,
    }
    said = []
    for number, (act, days, of) in enumerate(sorted(drawn, key=lambda one: one[1])):
        at, id_ = on("2022-02-01") + timedelta(days=days), f"{party}-{number}"
        fact, data = {
            "described": ("sharing.described", text()),
            "other": ("sharing.described", OTHER),
            "endorsed": ("sharing.endorsed", answer),
            "left": ("sharing.withdrawn", {"reason": "退出"}),
            "back": ("sharing.reopened", {"reason": "恢复"}),
            "figure": ("sharing.collected", collected(party, "15000", of).data),
        }[act]
        content = data if isinstance(data, dict) else data.model_dump(mode="json")
        said.append(event(fact, party, PARK, content, id_, at))
    return said


@PROPERTY
@given(ACTS, ACTS, st.integers())
def test_any_order_comes_to_the_same_and_the_past_to_what_it_was(
    ours: list[tuple[str, int, int]], theirs: list[tuple[str, int, int]], seed: int
) -> None:
    both = [acts("chengdu", ours), acts("chongqing", theirs)]
    chance = random.Random(seed)
    one, other = Shard("coordination"), Shard("coordination")
    for batch in batches(interleaved(both, chance), chance.randint(1, 5)):
        one.take(batch)
    other.take(interleaved(both, chance))
    assert one.records == other.records
    # What is said after a year, of the agreement, changes none that was shared.
    end = datetime(2022, 12, 31, 16, tzinfo=UTC)
    figures = [collected("chengdu", "16000"), collected("chongqing", "9000")]
    early = [s for own in both for s in own if s.envelope.recorded < end]
    early = [s for s in early if s.type.fact != "sharing.collected"]
    late = [s for own in both for s in own if s.envelope.recorded >= end]
    late = [s for s in late if s.type.fact != "sharing.collected"]
    before = Shard("coordination")
    before.take([*early, *figures])
    after = before.fork()
    after.take(late)
    then, now = (parts(shard, PARK).get("share/2022") for shard in (before, after))
    if then is not None and then.agreed_since is not None:
        assert now == then


def test_a_restart_between_keeps_every_text() -> None:
    said = [*agreed(), collected("chengdu", "15000"), collected("chongqing", "9000")]
    shard = Shard("coordination")
    for one in said:
        shard.take([one])
        shard.restart()
    assert parts(shard, PARK)["share/2022"] == year(said)


@pytest.mark.parametrize(
    ("before", "now", "doubted"),
    [
        (None, "1.3", True),  # 亿元 for 万元, beside a stock of 12,000
        (None, "130000", False),  # what comes on top may be ten times as much
        ("15000", "1.6", True),
        ("15000", "160000", True),
        ("15000", "14000", False),
    ],
)
def test_a_figure_that_differs_by_a_factor_of_units_is_doubted(
    before: str | None, now: str, *, doubted: bool
) -> None:
    said = [*agreed(), collected("chengdu", now, 2023)]
    if before is not None:
        said.append(collected("chengdu", before, 2022))
    doubts = item(said, 2023).by["chengdu"].doubts
    assert [one.code for one in doubts] == ["unit_slip"] * doubted
    shard = Shard("coordination")
    shard.take(said)
    notices = [*shard.events("notice.issued")]
    assert [one.doubts for one in notices] == [doubts] * doubted
