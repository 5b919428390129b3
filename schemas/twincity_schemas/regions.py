"""Region codes of Sichuan and Chongqing and when each was valid (GB/T 2260).

``regions.tsv`` has every code of the two from 2011 on: its name, the year or
month it came into use, the year or month it was abolished, and what took its
place. Codes of other provinces are checked by shape alone.

Source: the table of python-stdnum 2.2 (after the Ministry of Civil Affairs),
whose codes in use agree with those of china-division 2.7 but for the change of
6 November 2025, when Liangjiang New Area took the place of Jiangbei and Yubei
(People's Daily, 2025-11-07). The code 500157 stands in the first alone.
"""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from twincity_schemas.problems import Problem, problem

_COVERED = ("50", "51")


@dataclass(frozen=True)
class Region:
    """A region under one code.

    Attributes:
        code: six digits.
        name: its name in Chinese while the code was in use.
        since: the year or month the code came into use; "" for before 2011.
        until: the year or month it was abolished; "" while it is in use.
        successor: the code that took its place; "" while it is in use.
    """

    code: str
    name: str
    since: str
    until: str
    successor: str


@cache
def regions() -> dict[str, Region]:
    """Every region of Sichuan and Chongqing by its code."""
    table = (files(__package__) / "regions.tsv").read_text("utf-8")
    rows = (line.split("\t") for line in table.splitlines()[1:])
    return {row[0]: Region(*row) for row in rows}


def in_force(code: str) -> str:
    """The code that a region has now: its own, or what took its place."""
    while (region := regions().get(code)) is not None and region.successor:
        code = region.successor
    return code


def region_warnings(where: str, code: str, as_of: str) -> list[Problem]:
    """Warn of a code that was not valid when the statement's facts were.

    A warning, no refusal: papers keep old codes for years, and a table of
    codes may be behind the ministry's.

    Args:
        where: the JSON pointer of the code.
        code: six digits.
        as_of: the partial date of the facts; compared as far as both are
            exact, so a code abolished in 2025-11 passes in facts of 2025.
    """
    if not code.startswith(_COVERED):
        return []
    region = regions().get(code)
    if region is None:
        return [
            problem(
                where,
                "region_unknown",
                f"川渝没有行政区划代码 {code}",
                f"{code} is no region of Sichuan or Chongqing",
            )
        ]
    if region.since and _earlier(as_of, region.since):
        return [
            problem(
                where,
                "region_not_yet",
                f"{region.name} {code} 自 {region.since} 起启用，数据截至 {as_of}",
                f"{code} ({region.name}) is in use since {region.since},"
                f" the facts are of {as_of}",
            )
        ]
    if region.until and _earlier(region.until, as_of):
        heir = regions()[region.successor]
        return [
            problem(
                where,
                "region_abolished",
                f"{region.name} {code} 已于 {region.until} 撤销，"
                f"现为 {heir.name} {heir.code}",
                f"{code} ({region.name}) was abolished in {region.until},"
                f" now {heir.code} ({heir.name})",
            )
        ]
    return []


def _earlier(one: str, other: str) -> bool:
    """Returns whether a partial date is surely before another."""
    exact = min(len(one), len(other))
    return one[:exact] < other[:exact]
