"""The examples of records, derived from the examples of statements.

``python -m tests.support.recorded`` writes them; a test compares.
"""

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from services.runtime.outcomes import Publish
from tests.support.examples import EXAMPLES, read, story
from tests.support.folding import Shard
from tests.support.saying import S11, reported
from tests.support.saying import event as said
from twincity_schemas.envelope import Envelope
from twincity_schemas.message import Event
from twincity_schemas.topology import MATCHING_CANDIDATES, MATCHING_RECORDS

DESCRIBED = EXAMPLES.parents[1] / "services/demo/story/1-s11"
_LATER = {"project.declined", "project.reopened", "project.succeeded"}
"""What would make another story of it."""
NAMES = {
    "": "project.recorded/s11-agreed-with-its-parts",
    "progress/2024-08": "progress.recorded/s11-until-august",
    "obstacle/chengdu/pipes-02": "obstacle.recorded/pipes-moved-and-verified",
    "factor/chengdu/depot-land": "factor.recorded/all-land-has-arrived",
    "task/deyang/owner/四川成德轨道交通有限公司": "task.recorded/the-owner-is-at-work",
    "treatment": "treatment.recorded/s11-is-under-construction",
    "correction/deyang/deyang-2024-0004": "correction.recorded/a-figure-was-wrong",
}
"""By part of S11, the example of its record."""
APPRAISED = {
    "dispatch/chengdu.deyang.meishan/2024-08": (
        "dispatch.recorded/august-one-late-one-silent"
    ),
    "dispatch/chengdu.deyang.meishan/2024-08#line/chengdu.deyang/s11": (
        "line.recorded/s11-an-obstacle-is-overdue"
    ),
    "dispatch/chengdu.deyang.meishan/2024-08"
    "#followed/chengdu.deyang.meishan/2024-07/chengdu/s5-reports": (
        "decision.recorded/meishan-is-to-report-in-time"
    ),
    "dispatch/chengdu.deyang.meishan/2024-q2#site/s5-girders": (
        "site.recorded/both-others-have-scored-it"
    ),
    "dispatch/chengdu.deyang.meishan/2024-q2#drill/chengmei-rail": (
        "drill.recorded/first-of-three-units"
    ),
    "board/chengdu/2024-q3": ("board.recorded/jinniu-red-shuangliu-black-metro-exempt"),
    "board/chengdu/2024-q3#unit/shuangliu": (
        "standing.recorded/shuangliu-black-and-what-an-appeal-changed"
    ),
    "board/chengdu/2024-q3#amendment/00001": (
        "amendment.recorded/a-late-report-moves-nothing"
    ),
    "board/chengdu/2024-q3#appeal/chengdu/signed-in-august": (
        "appeal.recorded/one-more-is-counted"
    ),
    "board/chengdu/2024-q3#rectification/shuangliu": (
        "rectification.recorded/shuangliu-is-off-the-board"
    ),
    "board/chengdu/2024-q3#incentive/jinniu/land": (
        "incentive.recorded/jinniu-is-given-land"
    ),
    "cluster/chengdu.deyang.meishan/suburban-lines": (
        "cluster.recorded/july-is-complete-august-is-not"
    ),
    "cluster/chengdu.deyang.meishan/suburban-lines#member/chengdu.meishan/s5": (
        "membership.recorded/s5-keeps-its-july"
    ),
}
"""By key, the example of an appraised record."""
TOLD = {
    "plan.recorded/one-effective-one-wanting-one-late": (
        "plan/chengdu.chongqing/liangjiang-cell",
        None,
    ),
    "policy.recorded/second-turn-after-a-finding": (
        "policy/chengdu.chongqing/one-code-transit",
        None,
    ),
    "chain.recorded/shared-roles-disputed-headquarters-one-gap-open": (
        "chain/chengdu.chongqing/automobile",
        "gap.withdrawn",
    ),
    "challenge.recorded/three-entries-judged-and-not-yet-awarded": (
        "challenge/chengdu.chongqing.deyang/cold-start-fuel-cell",
        "challenge.awarded",
    ),
    "challenge.recorded/one-of-three-made-it": (
        "challenge/chengdu.chongqing.deyang/cold-start-fuel-cell",
        None,
    ),
    "indicator.recorded/rental-housing-is-ahead-of-time": (
        "indicator/chengdu/rental-housing",
        None,
    ),
    "attainment.recorded/at-the-end-of-august": (
        "indicator/chengdu/rental-housing#attainment/2022-08-31",
        None,
    ),
    "sharing.recorded/agreed-by-both": (
        "sharing/chengdu.chongqing/joint-park",
        None,
    ),
    "share.recorded/half-of-what-came-on-top": (
        "sharing/chengdu.chongqing/joint-park#share/2022",
        None,
    ),
    "worklist.recorded/second-version-of-the-year": (
        "worklist/chengdu.chongqing/joint-2022",
        None,
    ),
    "version.recorded/one-in-one-out-one-dropped": (
        "worklist/chengdu.chongqing/joint-2022#version/002",
        None,
    ),
    "assignment.recorded/verified-by-the-other-side": (
        "worklist/chengdu.chongqing/joint-2022#assignment/03",
        None,
    ),
    "assignment.recorded/returned-for-want-of-a-countersignature": (
        "worklist/chengdu.chongqing/joint-2022#assignment/01",
        None,
    ),
}
"""The example of a record, its key, and before which fact it stood so."""
_FIGURES = (
    ("chengdu", S11, 7, "2024-08-06T10:00:00+08:00", "300000", "185000"),
    ("deyang", S11, 7, "2024-08-06T11:00:00+08:00", "340000", "190000"),
    (
        "chengdu",
        "project/chengdu.meishan/s5",
        7,
        "2024-08-07T10:00:00+08:00",
        "100000",
        "45000",
    ),
    (
        "meishan",
        "project/chengdu.meishan/s5",
        7,
        "2024-08-07T11:00:00+08:00",
        "80000",
        "38000",
    ),
    ("chengdu", S11, 8, "2024-09-05T10:00:00+08:00", "300000", "246000"),
    (
        "chengdu",
        "project/chengdu.meishan/s5",
        8,
        "2024-09-06T10:00:00+08:00",
        "100000",
        "50000",
    ),
    ("deyang", S11, 8, "2024-09-12T10:00:00+08:00", "340000", "214600"),
    ("chengdu", S11, 8, "2024-09-12T15:00:00+08:00", "300000", "251000"),
)
"""Reports of the appraised story: whose, of what, through which month, recorded,
planned and invested this year in 万元; all made up (虚构)."""
_OBSTACLE_MONTH = 6
"""The example's obstacle as it stood in June: it is overdue in September."""


def statements() -> list[Path]:
    """The examples of statements: a record's may yet have to be written anew."""
    return [
        path
        for path in sorted(EXAMPLES.glob("*/*.json"))
        if not path.parent.name.endswith(".recorded")
    ]


def s11() -> list[Event[Any]]:
    """What is said of S11, as time went."""
    events = [
        event
        for event in map(read, statements())
        if event.envelope.subject == S11
        and event.type.is_statement
        and event.type.fact not in _LATER
    ]
    return sorted(events, key=lambda event: event.envelope.time)


def examples() -> Iterator[tuple[str, dict[str, Any]]]:
    """Each example's name and what it has to hold."""
    shard = Shard("coordination")
    for event in s11():
        shard.take([event])
    latest = {one.key.decode(): one for one in shard.published if one.value}
    for part, name in NAMES.items():
        yield name, _document(latest[f"{S11}#{part}" if part else S11])
    yield from _of_matching()
    differing = Shard("coordination")
    for path in sorted(DESCRIBED.glob("0[12]-*.json")):
        differing.take([read(path)])
    yield from appraised()
    yield from told()
    yield (
        "project.recorded/s11-total-investment-disputed",
        _document(
            next(one for one in differing.published[::-1] if one.key == S11.encode())
        ),
    )


def _of_matching() -> Iterator[tuple[str, dict[str, Any]]]:
    """A demand and its supply, their pool, and an entry that is alone in another."""
    shard = Shard("matching")
    for path in sorted(EXAMPLES.glob("opportunity.published/*.json")):
        shard.take([read(path)])
    latest = {(one.topic, one.key.decode()): one for one in shard.published}
    demand = "opportunity/chengdu/2022-1-2001"
    for topic, key, name in (
        (MATCHING_RECORDS, demand, "pairing.recorded/demand-and-its-supply"),
        (
            MATCHING_RECORDS,
            "opportunity/chengdu/2022-2-0917",
            "pairing.recorded/unpaired-and-why",
        ),
        (MATCHING_RECORDS, "pool/2022-1", "pool.recorded/one-pair-and-its-certificate"),
        (
            MATCHING_CANDIDATES,
            f"{demand}#candidates",
            "candidates.recorded/one-supply-and-its-score",
        ),
        (MATCHING_CANDIDATES, f"{demand}#price", "price.recorded/price-of-a-demand"),
    ):
        yield name, _document(latest[topic, key])


def told() -> Iterator[tuple[str, dict[str, Any]]]:
    """The examples of what a story about one subject comes to."""
    for name, (key, before) in TOLD.items():
        shard = Shard("coordination")
        for event in story(key.partition("#")[0]):
            if event.type.fact == before:
                break
            shard.take([event])
        record = [one for one in shard.published if one.key == key.encode()][-1]
        yield name, _document(record)


def appraised() -> Iterator[tuple[str, dict[str, Any]]]:
    """The examples of dispatches, boards and clusters."""
    shard = Shard("appraisal")
    for event in sorted(appraised_story(), key=lambda event: event.envelope.time):
        shard.take([event])
    latest = {one.key.decode(): one for one in shard.published if one.value}
    for key, name in APPRAISED.items():
        yield name, _document(latest[key])


def appraised_story() -> Iterator[Event[Any]]:
    """What the appraised examples follow from."""
    for event in map(read, statements()):
        about = event.type.subject
        obstacle = event.type.fact.startswith("obstacle.")
        if event.type.is_statement and (
            about in {"dispatch", "board", "cluster"}
            or (obstacle and event.envelope.time.month <= _OBSTACLE_MONTH)
        ):
            yield event
    for party, project, month, time, plan, invested in _FIGURES:
        data = reported(
            year=2024,
            through_month=month,
            annual_plan=plan,
            annual_investment=invested,
            cumulative_investment=invested,
            as_of=f"2024-{month:02}",
            source="演示数据（虚构）",
        )
        moment = datetime.fromisoformat(time)
        name = f"{party}-2024-{moment:%m%d}-{project.rpartition('/')[2]}"
        yield said("progress.reported", party, project, data, name, moment)


def _document(published: Publish) -> dict[str, Any]:
    envelope = Envelope.from_headers(published.headers)
    return {
        "envelope": envelope.model_dump(mode="json", exclude_none=True),
        "data": json.loads(published.value or b""),
    }


if __name__ == "__main__":
    for name, document in examples():
        path = EXAMPLES / f"{name}.json"
        path.parent.mkdir(exist_ok=True)
        text = json.dumps(document, ensure_ascii=False, indent=2)
        path.write_text(text + "\n", "utf-8")
