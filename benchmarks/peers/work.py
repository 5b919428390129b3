"""What all contenders have to do: descriptions and monthly reports of joint projects.

Of each project two members describe it and report four months each: ten statements of
0.5 to 1 KB, as long as real ones, those of many projects in turn.
"""

import json
from collections.abc import Iterator
from typing import Any

from twincity_schemas.envelope import Envelope

PARTIES = ("chengdu", "chongqing", "deyang", "meishan", "ziyang")
PER_PROJECT = 10

Message = tuple[str, bytes, bytes, list[tuple[str, bytes]]]
"""The party, and the key, value and headers of its message."""


def messages(projects: range) -> Iterator[Message]:
    """Everything that is said of these projects: of each the first, and so on."""
    for turn in range(PER_PROJECT):
        for project in projects:
            yield statement(project, turn)


def statement(project: int, turn: int) -> Message:
    """The turn-th statement about a project."""
    first = PARTIES[project % len(PARTIES)]
    members = sorted((first, "chongqing" if first != "chongqing" else "chengdu"))
    party = members[turn % 2]
    subject = f"project/{'.'.join(members)}/p{project}"
    month = turn // 2
    fact, data = (
        ("progress.reported", _report(month))
        if month
        else ("project.described", description(project))
    )
    return message(party, f"{party}-{project}-{turn}", fact, subject, data)


def message(
    party: str, name: str, fact: str, subject: str, data: dict[str, Any]
) -> Message:
    """A party's statement as it is sent, under the id that it is given."""
    envelope = Envelope.model_validate(
        {
            "specversion": "1.0",
            "id": name,
            "source": f"/{party}/development-and-reform",
            "type": f"twincity.{fact}.v1",
            "subject": subject,
            "time": "2026-11-01T09:00:00+08:00",
        }
    )
    value = json.dumps(data, ensure_ascii=False).encode()
    return party, subject.encode(), value, envelope.to_headers()


def description(project: int) -> dict[str, Any]:
    """A project as it is described, in about 1 KB."""
    return {
        "name": f"共建项目 {project}",
        "domain": "transport",
        "item_class": "engineering",
        "content": "线路全长约七十公里，设站十五座，分段同步建设。" * 8,
        "regions": ["510100", "510600"],
        "total_investment": {"amount": str(3_000_000 + project % 7)},
        "as_of": "2025-12",
        "source": "工可",
    }


def _report(month: int) -> dict[str, Any]:
    return {
        "year": 2026,
        "through_month": month,
        "scope": "own-section",
        "annual_plan": "120000",
        "annual_investment": str(month * 9_700),
        "cumulative_investment": str(500_000 + month * 9_700),
        "completion_rate": f"{month * 9_700 / 1_200:.2f}",
        "physical_progress": "盾构累计掘进十二公里，架梁过半，轨道铺设按期推进。",
        "as_of": f"2026-{month:02}",
        "source": "月报",
    }
