"""An auditor's properties of dispatches, boards and roll-ups, over random histories.

And a dispatch, a board, a roll-up and a year computed again from the raw statements,
without the services' code.
"""

import json
import random
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from functools import cache
from types import MappingProxyType
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.support.folding import Shard, interleaved, parts
from tests.support.properties import WHOLE
from tests.support.saying import S11, described, event, reported
from tests.unit.test_appraisal import (
    BOARD,
    CLUSTER,
    CUT_OFF,
    JOINT,
    OBSTACLES,
    S5,
    STORY,
    _said,
)
from twincity_schemas.message import Event

AUGUST = "dispatch/chengdu.deyang.meishan/2024-08"
PARTIES = ("chengdu", "deyang", "meishan")
PROJECTS = (S11, S5)
LATEST = datetime.max.replace(tzinfo=UTC)
MOMENTS = [CUT_OFF + timedelta(days=days) for days in (-40, -5, 0, 1, 30, 400)]


# --- histories ----------------------------------------------------------------


def reports(
    parties: Iterable[str] = PARTIES,
    moments: Iterable[datetime] = MOMENTS,
    months: Iterable[int] = (7, 8),
) -> st.SearchStrategy[Event[Any]]:
    return st.builds(
        report,
        st.sampled_from(sorted(parties)),
        st.sampled_from(PROJECTS),
        st.sampled_from(sorted(months)),
        st.sampled_from([0, 30_000, 66_670, 80_000, 120_000]),
        st.sampled_from(list(moments)),
        st.sampled_from(["own-section", "own-section", "whole"]),
    )


def report(  # noqa: PLR0913, PLR0917  one line of a table
    party: str,
    project: str,
    month: int,
    invested: int,
    moment: datetime,
    scope: str = "own-section",
) -> Event[Any]:
    data = reported(
        year=2024,
        through_month=month,
        annual_plan="100000",
        annual_investment=str(invested),
        scope=scope,
        as_of=f"2024-{month:02}",
    )
    name = f"{party}-{project[-3:]}-{month}-{invested}-{scope}-{moment:%y%m%d}"
    return event("progress.reported", party, project, data, name, moment)


def withdrawn(party: str, project: str, moment: datetime) -> Event[Any]:
    data = {"reason": "退出（虚构）"}
    name = f"{party}-left-{moment:%y%m%d}"
    return event("project.withdrawn", party, project, data, name, moment)


ANYTHING = st.one_of(
    reports(),
    *(_said(party) for party in PARTIES),
    st.builds(
        withdrawn,
        st.sampled_from(PARTIES),
        st.sampled_from(PROJECTS),
        st.sampled_from(MOMENTS),
    ),
)


def taken(said: Iterable[Event[Any]]) -> Shard:
    """After a history, each party's in its own order; one batch is as good as many."""
    shard = Shard("appraisal")
    shard.take(list(said))
    return shard


@cache
def opened(until: datetime = LATEST) -> Shard:
    """After the story's calls, boards and clusters; to be forked, not to go on."""
    return taken(s for s in STORY if s.envelope.time <= until)


def going_on(said: Iterable[Event[Any]]) -> Shard:
    """After the story, and what was said since."""
    shard = opened().fork()
    shard.take(list(said))
    return shard


def moved(said: Event[Any], moment: datetime, suffix: str) -> Event[Any]:
    envelope = said.envelope.model_copy(
        update={"recordedtime": moment, "id": f"{said.envelope.id}{suffix}"}
    )
    return Event(envelope, said.type, said.data, said.value)


# --- closed is closed ---------------------------------------------------------


def closed_board(shard: Shard) -> Any:
    found = parts(shard, BOARD)
    header = found.get("")
    units = {
        name: one.model_copy(update={"final": None})
        for name, one in found.items()
        if name.startswith("unit/")
    }
    return header and (header.opened_by, header.rules, header.sequences), units


def closed_dispatch(shard: Shard) -> Any:
    found = parts(shard, AUGUST)
    header = found.get("")
    lines = {
        name: (
            one.suspended_since,
            one.left,
            [(r.party, r.figures) for r in one.reports],
            (one.annual_plan, one.annual_investment, one.lead, one.light),
            one.obstacles,
        )
        for name, one in found.items()
        if name.startswith("line/")
    }
    followed = {n: one for n, one in found.items() if n.startswith("followed/")}
    counts = header and (header.due, header.on_time, header.suspended, header.by_light)
    return header and (header.called_by, header.cut_off, counts), lines, followed


@WHOLE
@given(
    st.lists(ANYTHING, max_size=5),
    st.lists(st.tuples(ANYTHING, st.integers(1, 500)), max_size=5),
)
def test_nothing_recorded_after_a_cut_off_changes_a_closed_figure(
    before: list[Event[Any]], after: list[tuple[Event[Any], int]]
) -> None:
    then = opened(CUT_OFF).fork()
    then.take([moved(s, min(s.envelope.recorded, CUT_OFF), "-b") for s in before])
    now = then.fork()
    now.take(
        [
            moved(said, CUT_OFF + timedelta(hours=hours), f"-{place}")
            for place, (said, hours) in enumerate(after)
        ]
    )
    assert closed_board(then) == closed_board(now)
    assert closed_dispatch(then) == closed_dispatch(now)
    for subject in (BOARD, AUGUST):
        found = parts(now, subject)
        amended = [one for _, one in sorted(found.items()) if hasattr(one, "counts")]
        assert [one.number for one in amended] == [*range(1, len(amended) + 1)]
        assert sorted(one.recorded for one in amended) == [
            one.recorded for one in amended
        ]
        assert len(amended) == found[""].corrections


# --- silence never pays -------------------------------------------------------


@WHOLE
@given(
    st.dictionaries(
        st.tuples(st.sampled_from(["chengdu", "deyang"]), st.sampled_from([S11, S5])),
        st.lists(st.integers(0, 12).map(lambda n: n * 10_000), min_size=2, max_size=2),
        min_size=1,
    ),
    st.data(),
)
def test_silence_never_raises_a_score_or_a_rank(
    figures: dict[tuple[str, str], list[int]], data: st.DataObject
) -> None:
    """Of cumulative figures against one plan: whatever report is withheld."""
    said = [
        report(party, project, month, invested, CUT_OFF - timedelta(days=40 - month))
        for (party, project), both in figures.items()
        for month, invested in zip((7, 8), sorted(both), strict=True)
        if party in project
    ]
    if not said:
        return
    project, party = data.draw(
        st.sampled_from([(e.envelope.subject, e.envelope.party) for e in said])
    )
    own = [
        e for e in said if (e.envelope.subject, e.envelope.party) == (project, party)
    ]
    silent_from = data.draw(st.integers(0, len(own) - 1))
    rest = [e for e in said if e not in own[silent_from:]]
    told, silent = (board_after(some) for some in (said, rest))
    for name, unit in told.items():
        if name.startswith("unit/") and any(
            (one.project, one.party) == (project, party) for one in unit.projects
        ):
            quiet = silent[name]
            assert quiet.closed.score <= unit.closed.score
            assert (quiet.closed.rank or 0) >= (unit.closed.rank or 0)


def board_after(said: list[Event[Any]]) -> dict[str, Any]:
    return parts(going_on(said), BOARD)


# --- sums ---------------------------------------------------------------------


@WHOLE
@given(st.lists(reports(months=(6, 7, 8)), max_size=14))
def test_a_roll_up_equals_its_complete_month_or_says_that_it_is_partial(
    said: list[Event[Any]],
) -> None:
    described = [s for s in STORY if s.type.subject == "cluster"]
    found = parts(taken([*described, *said]), CLUSTER)
    header = found[""]
    months = by_hand_months(said)
    complete = [
        month
        for month in sorted({m for known in months.values() for m in known})
        if all(isinstance(months.get(p, {}).get(month), tuple) for p in PROJECTS)
    ]
    if not complete:
        assert (header.period, header.rate, header.reported) == (None, None, 0)
    else:
        sums = [months[project][complete[-1]] for project in PROJECTS]
        assert header.period == complete[-1]
        assert header.reported == header.projects == len(PROJECTS)
        assert header.annual_plan == sum(plan for plan, _ in sums)
        assert header.annual_investment == sum(invested for _, invested in sums)
    latest = header.latest
    if latest is not None:
        covered = latest.full + latest.old
        assert covered + latest.disputed + latest.unknown == header.projects
        members = [one for name, one in found.items() if name.startswith("member/")]
        counted = [one for one in members if one.annual_plan is not None]
        assert len(counted) == covered
        assert latest.annual_plan == sum(one.annual_plan for one in counted)


# --- areas as a tree ----------------------------------------------------------

AREAS = [f"cluster/chengdu.deyang.meishan/a{n}" for n in range(5)]
HEIGHT = {"cluster": 0, "key-area": 1, "upgrading-area": 1, "pilot-district": 2}
AREA_CONTENTS = st.fixed_dictionaries(
    {
        "level": st.sampled_from(sorted(HEIGHT)),
        "parts": st.lists(st.sampled_from(AREAS), max_size=3, unique=True),
        "projects": st.lists(st.sampled_from(PROJECTS), max_size=2, unique=True),
    }
)
DOMAINS = st.lists(
    st.tuples(
        st.sampled_from(PROJECTS),
        st.sampled_from(PARTIES),
        st.sampled_from(["transport", "industry"]),
        st.integers(0, 1),
    ),
    max_size=3,
)


@WHOLE
@given(
    st.dictionaries(st.sampled_from(AREAS), AREA_CONTENTS),
    st.lists(reports(months=(8,)), max_size=6),
    DOMAINS,
    st.randoms(use_true_random=False),
)
def test_an_area_adds_up_what_lies_below_it_and_nothing_else(
    areas: dict[str, dict[str, Any]],
    said: list[Event[Any]],
    domains: list[tuple[str, str, str, int]],
    chance: random.Random,
) -> None:
    told = [
        event(
            "cluster.described",
            "chengdu",
            name,
            content | {"name": "片区（虚构）", "as_of": "2024"},
            name[-2:],
        )
        for name, content in areas.items()
    ]
    texts = [
        event(
            "project.described",
            party,
            project,
            described(domain=domain),
            f"{party}-{place}",
            CUT_OFF - timedelta(days=80 - day),
        )
        for place, (project, party, domain, day) in enumerate(
            sorted(domains, key=lambda one: one[3])
        )
        if party in project
    ]
    filed = taken(interleaved([told, said, texts], chance))
    for name in areas:
        below, misplaced = by_hand_below(name, areas)
        header = parts(filed, name)[""]
        projects = {p for a in (name, *below) for p in areas[a]["projects"]}
        assert (header.clusters, header.projects) == (len(below), len(projects))
        assert {*header.misplaced} == misplaced
        assert name not in below
        sums = header.by_domain.values()
        if header.period is None:
            assert (header.by_domain, header.no_domain) == ({}, 0)
            continue
        assert sum(one.projects for one in sums) + header.no_domain == len(projects)
        by = {p: by_hand_domain(p, texts) for p in projects}
        assert {*header.by_domain} == {d for d in by.values() if d is not None}
        if header.no_domain == 0:
            assert sum(one.annual_plan for one in sums) == header.annual_plan
            assert sum(one.annual_investment for one in sums) == (
                header.annual_investment
            )


def by_hand_below(
    name: str, areas: dict[str, dict[str, Any]]
) -> tuple[set[str], set[str]]:
    below, misplaced = set[str](), set[str]()
    for part in areas[name]["parts"]:
        if part not in areas:
            continue
        if HEIGHT[areas[part]["level"]] < HEIGHT[areas[name]["level"]]:
            inner, others = by_hand_below(part, areas)
            below |= {part, *inner}
            misplaced |= others
        else:
            misplaced.add(part)
    return below, misplaced


def by_hand_domain(project: str, texts: list[Event[Any]]) -> str | None:
    own = [one for one in texts if one.envelope.subject == project]
    first = min((one.envelope.recorded for one in own), default=None)
    leads = {o.envelope.party for o in own if o.envelope.recorded == first}
    last = {o.envelope.party: str(o.data.domain) for o in own}
    domains = {last[party] for party in leads}
    return domains.pop() if len(domains) == 1 else None


def by_hand_months(said: list[Event[Any]]) -> dict[str, dict[str, Any]]:
    """A project's months: (planned, invested) where in full, else why not."""
    last: dict[tuple[str, str, str], dict[str, Any]] = {}
    for one in sorted(said, key=lambda e: e.envelope.party):
        raw = json.loads(one.value)
        month = f"{raw['year']}-{raw['through_month']:02}"
        last[one.envelope.subject, month, one.envelope.party] = raw
    found: dict[str, dict[str, Any]] = {}
    for project, month in {(p, m) for p, m, _ in last}:
        by = {w: r for (p, m, w), r in last.items() if (p, m) == (project, month)}
        figures = {w: pair(raw) for w, raw in by.items()}
        wholes = {figures[w] for w, raw in by.items() if raw["scope"] == "whole"}
        members = project.split("/")[1].split(".")
        outcome: Any = "partial"
        if wholes:
            sections = [figures[w] for w, raw in by.items() if raw["scope"] != "whole"]
            sums = zip(*sections, strict=True)
            together = [tuple(map(sum, sums))] if sections else []
            whole = wholes.pop()
            above = any(
                part > all_of_it
                for figure in (*sections, *together)
                for part, all_of_it in zip(figure, whole, strict=True)
            )
            outcome = "disputed" if wholes or above else whole
        elif set(members) <= figures.keys():
            sums = zip(*figures.values(), strict=True)
            outcome = tuple(map(sum, sums))
        found.setdefault(project, {})[month] = outcome
    return found


def pair(raw: dict[str, Any]) -> tuple[Decimal, Decimal]:
    return Decimal(raw["annual_plan"]), Decimal(raw["annual_investment"])


# --- the caller's order decides, not its name ---------------------------------


@WHOLE
@given(
    st.dictionaries(st.sampled_from(["chengdu", "deyang"]), st.integers(0, 3)),
    st.randoms(use_true_random=False),
)
def test_whoever_was_recorded_first_opens_a_board_whatever_its_code(
    hours: dict[str, int], chance: random.Random
) -> None:
    content = next(e for e in STORY if e.type.fact == "board.opened").value
    said = [
        moved(
            event("board.opened", party, JOINT, json.loads(content), party),
            CUT_OFF - timedelta(days=9) + timedelta(hours=hour),
            "",
        )
        for party, hour in hours.items()
    ]
    found = parts(taken(interleaved([[one] for one in said], chance)), JOINT)
    first = min(hours.values(), default=None)
    firsts = [party for party, hour in hours.items() if hour == first]
    if len(firsts) == 1:
        assert found[""].opened_by == firsts[0]
        assert {u.party for u in found[""].no_effect} == hours.keys() - set(firsts)
    else:
        assert found == {}


# --- rules of one version -----------------------------------------------------

BOARDS = ("board/chengdu/one", "board/chengdu/two", "board/chengdu.deyang/three")


def opened_by(party: str, board: str, cap: int, hours: int, id_: str) -> Event[Any]:
    content = next(e for e in STORY if e.type.fact == "board.opened").value
    data = json.loads(content)
    data["rules"]["cap"] = cap
    moment = CUT_OFF - timedelta(days=9) + timedelta(hours=hours)
    return event("board.opened", party, board, data, id_, moment)


@WHOLE
@given(
    st.lists(
        st.tuples(
            st.sampled_from(BOARDS),
            st.sampled_from([100, 110, 120]),
            st.integers(0, 3),
        ),
        max_size=4,
    ),
    st.randoms(use_true_random=False),
)
def test_rules_of_one_version_are_one_content_on_every_board(
    said: list[tuple[str, int, int]], chance: random.Random
) -> None:
    own = [
        opened_by("chengdu", board, cap, hours, f"o{place}")
        for place, (board, cap, hours) in enumerate(said)
    ]
    # A party's statements of one board come in its order; of two, in any.
    own.sort(key=lambda one: one.envelope.recorded)
    theirs = opened_by("deyang", BOARDS[2], 130, 4, "theirs")
    by_board = [[e for e in own if e.envelope.subject == board] for board in BOARDS]
    shard = Shard("appraisal")
    for one in interleaved([*by_board, [theirs]], chance):
        shard.take([one])
    found = {board: parts(shard, board).get("") for board in BOARDS}
    caps = {
        header.rules.cap
        for header in found.values()
        if header is not None and header.opened_by == "chengdu"
    }
    assert len(caps) <= 1  # whatever came when
    if own:
        first = own[0].envelope.recorded
        at_once = {
            (e.envelope.subject, e.data.rules.cap)
            for e in own
            if e.envelope.recorded == first
        }
        if len({subject for subject, _ in at_once}) == 1:
            assert caps == {own[0].data.rules.cap}
    told: dict[str, str] = {}
    for notice in shard.events("notice.issued"):
        told[notice.statement] = notice.no_effect.code if notice.no_effect else ""
    for one in own:
        if one.data.rules.cap not in caps:
            assert told[one.envelope.id] == "same_version"
    # Another party's rules of the same name are rules of its own.
    if not by_board[2]:
        assert found[BOARDS[2]].rules.cap == 130
    again = Shard("appraisal")
    again.take([*own, theirs])
    assert again.records == shard.records


# --- a changed target is visible ----------------------------------------------

INDICATOR = "indicator/chongqing.ziyang/commuters"
DAYS = [datetime.fromisoformat(f"2025-{m:02}-05T09:00:00+08:00") for m in range(1, 13)]


def target(value: int, moment: datetime) -> Event[Any]:
    data = {
        "name": "毗邻通勤人次（虚构）",
        "domain": "city-services",
        "unit": "万人次",
        "measure": "cumulative",
        "target": str(value),
        "bound": "at-least",
        "begins": "2025",
        "ends": "2025",
        "coverage": "whole",
        "as_of": f"{moment:%Y-%m}",
        "source": "虚构示例材料",
    }
    name = f"t-{value}-{moment:%m}"
    return event("indicator.targeted", "chongqing", INDICATOR, data, name, moment)


def value(amount: int, moment: datetime) -> Event[Any]:
    data = {
        "value": str(amount),
        "unit": "万人次",
        "coverage": "whole",
        "as_of": f"{moment - timedelta(days=10):%Y-%m}",
        "source": "虚构示例材料",
    }
    name = f"v-{amount}-{moment:%m}"
    return event("indicator.reported", "chongqing", INDICATOR, data, name, moment)


@WHOLE
@given(
    st.lists(st.sampled_from([200, 400, 600]), min_size=1, max_size=4),
    st.lists(st.integers(0, 60).map(lambda n: n * 10), max_size=6),
    st.integers(2, 11),
)
def test_a_target_that_changes_moves_no_date_before_and_is_in_the_record(
    targets: list[int], values: list[int], changed: int
) -> None:
    first, *others = targets
    before = [target(first, DAYS[0])]
    before += [
        value(amount, DAYS[month]) for month, amount in enumerate(values[:changed], 1)
    ]
    after = [target(other, DAYS[11]) for other in others]
    then, now = of_indicator(before), of_indicator([*before, *after])
    header = now.pop("")
    del then[""]
    assert now.keys() == then.keys()
    assert [shares(now[date]) for date in then] == [shares(p) for p in then.values()]
    said = [version.joint.target for version in header.target.versions]
    # Of one instant, the last word of its party stands.
    assert said == [first, *(o for o in others[-1:] if o != first)]


def shares(point: Any) -> Any:
    return point.as_of, point.value, point.target, point.attained, point.lead


def of_indicator(said: list[Event[Any]]) -> dict[str, Any]:
    shard = Shard("coordination")
    shard.take(said)
    return parts(shard, INDICATOR)


# --- computed again, without the services' code -------------------------------


@WHOLE
@given(st.lists(reports(), max_size=12), st.booleans())
def test_a_board_computed_by_hand_is_the_record(
    said: list[Event[Any]],
    obstacle: bool,  # noqa: FBT001  drawn
) -> None:
    since = [*said, *(OBSTACLES if obstacle else ())]
    found = parts(going_on(since), BOARD)
    raw = raw_of([*STORY, *since])
    for unit in opening(BOARD, raw)["units"]:
        assert found[f"unit/{unit['code']}"].closed.score == score_by_hand(
            BOARD, unit["code"], raw
        )


Raw = list[tuple[Any, str, dict[str, Any]]]
"""Of each statement: its envelope, its fact and what it says."""


def raw_of(history: Iterable[Event[Any]]) -> Raw:
    return [(e.envelope, e.type.fact, json.loads(e.value)) for e in history]


def opening(board: str, raw: Raw) -> dict[str, Any]:
    return next(d for e, fact, d in raw if (fact, e.subject) == ("board.opened", board))


def shown(exact: Fraction) -> Decimal:
    return (Decimal(exact.numerator) / Decimal(exact.denominator)).quantize(
        Decimal("0.01"), ROUND_HALF_UP
    )


def score_by_hand(
    board: str,
    code: str,
    raw: Raw,
    put_right: Mapping[tuple[str, str], Fraction] = MappingProxyType({}),
) -> Decimal:
    """A unit's score; with the figures that answers to appeals put right, if any."""
    opened = opening(board, raw)
    cut_off = datetime.fromisoformat(opened["cut_off"])
    said = [
        one for one in raw if one[0].subject == board or one[1] == "progress.reported"
    ]
    [unit] = [one for one in opened["units"] if one["code"] == code]
    score, weights = Fraction(), Fraction()
    for measure in opened["rules"]["measures"]:
        actual = put_right.get((code, measure["code"]))
        if actual is None:
            actual = by_hand(unit, measure, opened, said, cut_off)
        share = (actual or Fraction()) / Fraction(measure["target"]) * 100
        weight = Fraction(measure["weight"])
        weights += weight
        score += weight * min(share, Fraction(opened["rules"]["cap"]))
    return shown(score / weights)


def answered(board: str, raw: Raw, moment: datetime) -> dict[Any, Fraction]:
    """The figures that answers to appeals have put right by a moment."""
    raised = {
        d["appeal"]: (d["unit"], d["measure"])
        for e, fact, d in raw
        if (fact, e.subject) == ("appeal.raised", board)
    }
    return {
        raised[d["appeal"]]: Fraction(d["value"])
        for e, fact, d in raw
        if (fact, e.subject) == ("appeal.answered", board) and e.recorded <= moment
    }


def by_hand(
    unit: dict[str, Any],
    measure: dict[str, Any],
    opened: dict[str, Any],
    raw: list[tuple[Any, str, Any]],
    cut_off: datetime,
) -> Fraction | None:
    in_time = [one for one in raw if one[0].recorded <= cut_off]
    if measure["kind"] == "stated":
        stated = [
            d["value"]
            for _, fact, d in in_time
            if fact == "figure.stated"
            and (d["unit"], d["measure"]) == (unit["code"], measure["code"])
        ]
        return Fraction(stated[-1]) if stated else None
    plan, invested, on_time = Fraction(), Fraction(), 0
    left_or_unknown = False
    for one in unit["projects"]:
        own = [
            (d["through_month"], d)
            for envelope, fact, d in in_time
            if fact == "progress.reported"
            and (envelope.subject, envelope.party) == (one["project"], one["party"])
        ]
        month = opened["through_month"]
        on_time += any(m == month for m, _ in own)
        # Of districts one unit answers for each project, so that a whole counts.
        usable = [(m, d) for m, d in own if m <= month]
        if not usable:
            left_or_unknown = True
            continue
        newest = max(m for m, _ in usable)
        last = [d for m, d in usable if m == newest][-1]
        plan += Fraction(last["annual_plan"])
        invested += Fraction(last["annual_investment"])
    if measure["kind"] == "reports-on-time":
        return Fraction(100 * on_time, len(unit["projects"]))
    return None if left_or_unknown else 100 * invested / plan


@WHOLE
@given(st.lists(reports(), max_size=12))
def test_a_dispatch_computed_by_hand_is_the_record(said: list[Event[Any]]) -> None:
    found = parts(going_on(said), AUGUST)
    on_time, late, silent = set(), set(), set()
    for project in PROJECTS:
        for party in project.split("/")[1].split("."):
            moments = [
                e.envelope.recorded
                for e in said
                if (e.envelope.subject, e.envelope.party) == (project, party)
                and json.loads(e.value)["through_month"] == 8
            ]
            kind = silent if not moments else late
            if any(moment <= CUT_OFF for moment in moments):
                kind = on_time
            kind.add((project, party))
    header = found[""]
    assert (header.on_time, header.late, header.silent) == tuple(
        map(len, (on_time, late, silent))
    )
    states = {
        (line.project, due.party): due.state.value
        for name, line in found.items()
        if name.startswith("line/")
        for due in line.reports
    }
    by_hand_states = {
        place: kind
        for kind, places in (("on-time", on_time), ("late", late), ("silent", silent))
        for place in places
    }
    assert states == by_hand_states


YEAR, QUARTER = "board/chengdu/2024-year", "board/chengdu/2024-q4"
YEARS_CUT_OFF = datetime.fromisoformat("2025-02-10T18:00:00+08:00")
QUARTERS_CUT_OFF = datetime.fromisoformat("2025-01-10T18:00:00+08:00")


def of_the_year() -> list[Event[Any]]:
    """The story's third quarter, a fourth, and the year of both."""
    third = next(e for e in STORY if e.type.fact == "board.opened")
    fourth = json.loads(third.value) | {
        "through_month": 12,
        "cut_off": QUARTERS_CUT_OFF.isoformat(),
        "appeals_until": "2025-01-20T18:00:00+08:00",
    }
    measure = {"code": "year", "name": "各季得分", "kind": "boards", "weight": "1"}
    rules = fourth["rules"] | {
        "code": "yearly",
        "measures": [measure | {"target": "90"}],
    }
    year = fourth | {
        "rules": rules,
        "cut_off": YEARS_CUT_OFF.isoformat(),
        "boards": [BOARD, QUARTER],
    }
    del year["appeals_until"]
    return [
        event("board.opened", "chengdu", QUARTER, fourth, "q4", CUT_OFF),
        event("board.opened", "chengdu", YEAR, year, "year", CUT_OFF),
    ]


@cache
def in_the_year() -> Shard:
    """After the story and the year's calls; to be forked, not to go on."""
    return going_on(of_the_year())


def late_in_the_year() -> st.SearchStrategy[Event[Any]]:
    moments = [QUARTERS_CUT_OFF + timedelta(days=days) for days in (-30, 0, 1, 60)]
    return reports(["chengdu"], moments, (8, 11, 12))


@WHOLE
@given(st.lists(st.one_of(reports(), late_in_the_year()), max_size=12))
def test_a_year_computed_by_hand_is_the_record(said: list[Event[Any]]) -> None:
    """The mean of its quarters as they were closed, with what appeals put right."""
    raw, shard = raw_of([*STORY, *of_the_year(), *said]), in_the_year().fork()
    shard.take(said)
    year = parts(shard, YEAR)
    for unit in opening(YEAR, raw)["units"]:
        quarters = [
            score_by_hand(board, unit["code"], raw, answered(board, raw, YEARS_CUT_OFF))
            for board in (BOARD, QUARTER)
        ]
        share = Fraction(sum(quarters)) / 2 / 90 * 100
        record = year[f"unit/{unit['code']}"]
        assert record.closed.score == shown(min(share, Fraction(120)))
        assert record.figures[0].statements == (BOARD, QUARTER)


def test_a_year_does_not_move_after_its_cut_off_nor_rest_on_itself() -> None:
    closing = QUARTERS_CUT_OFF - timedelta(days=5)
    history = [
        *STORY,
        report("chengdu", S5, 8, 50_000, CUT_OFF - timedelta(days=3)),
        report("chengdu", S5, 12, 90_000, closing),
        *of_the_year(),
    ]
    closed = parts(taken(history), YEAR)["unit/shuangliu"]
    late = report("chengdu", S5, 12, 10, CUT_OFF + timedelta(days=400))
    assert parts(taken([*history, late]), YEAR)["unit/shuangliu"] == closed
    itself = json.loads(history[-1].value) | {"boards": [YEAR]}
    ring = event("board.opened", "chengdu", YEAR, itself, "ring", closing)
    alone = parts(taken([*history[:-1], ring]), YEAR)["unit/jinniu"]
    assert alone.figures[0].actual is None
