"""The kinds of subjects that have a list and a page: what both say of a record."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from services.gateway.pages import (
    areas,
    chains,
    contests,
    mechanisms,
    sharing,
    worklists,
)
from services.gateway.pages.blocks import Page, next_steps, sheet_of
from services.gateway.pages.frame import Visit, show
from services.gateway.pages.readable import readable
from services.gateway.pages.records import parts_in, parts_of, subject_of
from services.gateway.pages.telling import Tell
from services.gateway.pages.today import NEEDS
from services.gateway.refusing import unknown
from services.gateway.rows import Row
from services.gateway.workbooks import download
from twincity_schemas.board_record import BoardRecorded
from twincity_schemas.chain_record import ChainRecorded, GapState
from twincity_schemas.challenge_record import ChallengeRecorded
from twincity_schemas.cluster_record import ClusterRecorded, MembershipRecorded
from twincity_schemas.dispatch_record import DispatchRecorded
from twincity_schemas.indicator_record import AttainmentRecorded, IndicatorRecorded
from twincity_schemas.plan_record import MeasureState, PlanRecorded
from twincity_schemas.policy_record import PolicyRecorded
from twincity_schemas.sharing_record import ShareRecorded, SharingRecorded
from twincity_schemas.words import Worded, Words
from twincity_schemas.worklist_record import WorklistRecorded

_PER_PAGE = 50
_DONE = {MeasureState.TAKEN, MeasureState.EFFECTIVE}


@dataclass(frozen=True)
class ListedKind:
    """A kind of subject.

    Attributes:
        plural: the last part of its list's address.
        words: what its subjects are called together.
        gist: what a record says, shortly.
        page: of a record and of the records of its parts; None: it has another.
        newest: whether the list begins with the last.
        parts: which of its parts the page lists, some at a time; None: none.
        picture: of those on one page of the list; None: none.
    """

    plural: str
    words: Words
    gist: Callable[[Any, Tell], str]
    page: Callable[[Any, list[Any], Tell], Page] | None = None
    newest: bool = False
    parts: type[Worded] | None = None
    picture: Callable[[Sequence[Row], Tell], str] | None = None


def _dispatch(record: DispatchRecorded, tell: Tell) -> str:
    t = tell.t
    counts = tell.comma.join(
        (
            f"{t('应报', 'due')} {record.due}",
            f"{t('按时', 'on time')} {record.on_time}",
            f"{t('迟报', 'late')} {record.late}",
            f"{t('未报', 'silent')} {record.silent}",
        )
    )
    return f"{t('截止', 'cut-off')} {tell.moment(record.cut_off)} · {counts}"


def _board(record: BoardRecorded, tell: Tell) -> str:
    t = tell.t
    red = sum(len(one.red) for one in record.sequences)
    black = sum(len(one.black) for one in record.sequences)
    return (
        f"{t('截止', 'cut-off')} {tell.moment(record.cut_off)} · "
        f"{t('红榜', 'red')} {red}{tell.comma}{t('黑榜', 'black')} {black}"
    )


def _chain(record: ChainRecorded, tell: Tell) -> str:
    gaps = record.gaps.values()
    left = sum(gap.state is GapState.OPEN for gap in gaps)
    return tell.t(
        f"{len(record.elements)} 个环节，{len(gaps)} 个缺口，{left} 个待补",
        f"{len(record.elements)} parts, {len(gaps)} gaps, {left} of them open",
    )


def _policy(record: PolicyRecorded, tell: Tell) -> str:
    edition = tell.t(f"第 {record.edition} 版", f"edition {record.edition}")
    open_ = tell.semicolon.join(next_steps(record.open, tell))
    return f"{edition} · {tell.words(record.stage)} · {open_}"


def _plan(record: PlanRecorded, tell: Tell) -> str:
    measures = record.measures.values()
    done = sum(one.state in _DONE for one in measures)
    return tell.t(
        f"{len(measures)} 件措施，已办 {done}",
        f"{len(measures)} measures, {done} taken",
    )


def _challenge(record: ChallengeRecorded, tell: Tell) -> str:
    teams = tell.t(f"{len(record.entries)} 支队伍", f"{len(record.entries)} teams")
    return f"{tell.words(record.state)} · {teams}"


def _indicator(record: IndicatorRecorded, tell: Tell) -> str:
    latest = record.latest
    if latest is None:
        return tell.words(record.state)
    shown = [tell.words(record.state)]
    shown += [f"{tell.t('完成', 'attained')} {tell.percent(latest.attained)}"]
    if latest.lead is not None:  # a level, such as a growth rate, has none
        shown += [f"{tell.t('较时序进度', 'lead')} {tell.points(latest.lead)}"]
    return " · ".join(shown) + tell.bracketed(latest.as_of)


def _cluster(record: ClusterRecorded, tell: Tell) -> str:
    projects = tell.t(f"{record.projects} 个项目", f"{record.projects} projects")
    return f"{tell.words(record.level)} · {projects} · {areas.rate_of(record, tell)}"


def _sharing(record: SharingRecorded, tell: Tell) -> str:
    holds = record.in_force
    if holds is None:
        return tell.words(record.agreement)
    items = tell.t("、", ", ").join(one.name for one in holds.terms)
    return f"{tell.words(record.agreement)} · {holds.begins}—{holds.ends or ''} {items}"


def _worklist(record: WorklistRecorded, tell: Tell) -> str:
    version = tell.t(f"第 {record.version} 版", f"version {record.version}")
    projects = tell.t(
        f"{len(record.projects)} 个项目", f"{len(record.projects)} projects"
    )
    return f"{version} · {projects} · {worklists.progress(record, tell)}"


def _alone(page: Callable[[Any, Tell], Page]) -> Callable[[Any, list[Any], Tell], Page]:
    """A page that its header alone is enough for."""
    return lambda record, _parts, tell: page(record, tell)


def _members(record: ClusterRecorded, parts: list[Any], tell: Tell) -> Page:
    return areas.cluster(record, parts_of(parts, MembershipRecorded), tell)


def _dates(record: IndicatorRecorded, parts: list[Any], tell: Tell) -> Page:
    return contests.indicator(record, parts_of(parts, AttainmentRecorded), tell)


def _shares(record: SharingRecorded, parts: list[Any], tell: Tell) -> Page:
    return sharing.sharing(record, parts_of(parts, ShareRecorded), tell)


KINDS = {
    "dispatch": ListedKind(
        "dispatches", Words("调度", "Dispatches"), _dispatch, newest=True
    ),
    "board": ListedKind("boards", Words("红黑榜", "Boards"), _board, newest=True),
    "chain": ListedKind(
        "chains", Words("产业链", "Chains"), _chain,
        _alone(chains.chain),
    ),
    "policy": ListedKind(
        "policies", Words("政策", "Policies"), _policy,
        _alone(mechanisms.policy),
    ),
    "plan": ListedKind(
        "plans", Words("一企一策", "Plans"), _plan,
        _alone(mechanisms.plan),
    ),
    "challenge": ListedKind(
        "challenges", Words("揭榜挂帅", "Challenges"), _challenge,
        _alone(contests.challenge),
    ),
    "indicator": ListedKind(
        "indicators", Words("量化目标", "Indicators"), _indicator,
        _dates,
    ),
    "cluster": ListedKind(
        "clusters", Words("集群片区", "Areas"), _cluster, _members,
        parts=MembershipRecorded, picture=areas.of_cities,
    ),
    "sharing": ListedKind("sharings", Words("跨区分享", "Sharing"), _sharing, _shares),
    "worklist": ListedKind(
        "worklists", Words("年度清单", "Lists"), _worklist, worklists.worklist
    ),
}  # fmt: skip


def listing(name: str) -> Callable[[Visit], Response]:
    """The page that lists a kind."""
    kind = KINDS[name]

    def listed(visit: Visit) -> Response:
        skip = (visit.number - 1) * _PER_PAGE
        party = visit.asked("party")
        rows = visit.view.headers(name, _PER_PAGE + 1, skip, party, newest=kind.newest)
        more, rows = len(rows) > _PER_PAGE, rows[:_PER_PAGE]
        return show(
            visit,
            "kind.html",
            kind=kind,
            gists=[(row, kind.gist(row.data, visit.tell)) for row in rows],
            more=more,
            party=party,
            picture=kind.picture(rows, visit.tell) if kind.picture and rows else "",
        )

    return listed


def any_subject(visit: Visit) -> Response:
    """A subject of a kind that has no page of its own: its record in words."""
    key = "/".join(visit.params[part] for part in ("kind", "members", "name"))
    row = visit.view.latest(key)
    if row is None:
        raise unknown(key)
    fields = list(readable(row.data, visit.tell))
    return show(visit, "record.html", key=key, row=row, fields=fields)


def _page(visit: Visit, name: str, most: int | None = None) -> tuple[str, Page, bool]:
    """Returns a subject of a kind, its page, and whether it has more parts.

    Args:
        visit: which subject, and which page of its parts.
        name: of the kind.
        most: parts on the page; None: all.

    Raises:
        Refusal: there is none of that name.
    """
    kind, key = KINDS[name], subject_of(visit, name)
    header = visit.view.latest(key)
    if header is None or kind.page is None:
        raise unknown(key)
    more = False
    if kind.parts is None:
        rows = visit.view.of_subject(key)
        parts = [row.data for row in rows if row.key != key]
    elif most is None:
        parts = parts_in(visit.view, key, kind.parts)
    else:
        skip = (visit.number - 1) * most
        parts = parts_in(visit.view, key, kind.parts, most + 1, skip)
        more = len(parts) > most
    return key, kind.page(header.data, parts[:most], visit.tell), more


def tables_workbook(name: str) -> Callable[[Visit], Response]:
    """The tables of one subject's page as a workbook, a sheet each."""

    def answer(visit: Visit) -> Response:
        key, page, _ = _page(visit, name)
        sheets = [
            sheet_of(f"{number} {table.title}", table)
            for number, table in enumerate(page.tables, 1)
        ]
        return download(visit.tell.subject(key), key, sheets)

    return answer


def subject(name: str) -> Callable[[Visit], Response]:
    """The page of one subject of a kind."""
    kind = KINDS[name]

    def answer(visit: Visit) -> Response:
        key, page, more = _page(visit, name, _PER_PAGE)
        matters = visit.view.matters.of_subject(key)
        return show(
            visit,
            "subject.html",
            kind=kind,
            key=key,
            page=page,
            more=more,
            matters=matters,
            needs=NEEDS,
        )

    return answer
