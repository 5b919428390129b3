"""A project's statements as the field would make them: a hundred over two years.

Two members; one describes, the other endorses; both report each month; six
obstacles go from registration to closure. The texts are as long as real ones.
"""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from twincity_schemas.canonical import digest
from twincity_schemas.envelope import Envelope
from twincity_schemas.project import ProjectDescribed

MEMBERS = ("chengdu", "deyang")
MONTHS = [(year, month) for year in (2025, 2026) for month in range(1, 13)]
OBSTACLES = 6
STATED_AT = datetime.fromisoformat("2026-11-01T09:00:00+08:00")
STEPS = (
    ("chengdu", "assigned"),
    ("deyang", "handled"),
    ("deyang", "handled"),
    ("chengdu", "extended"),
    ("deyang", "submitted"),
    ("chengdu", "returned"),
    ("deyang", "submitted"),
    ("chengdu", "verified"),
)
PER_PROJECT = 2 + len(MONTHS) * len(MEMBERS) + OBSTACLES * (1 + len(STEPS))

Message = tuple[str, bytes, list[tuple[str, bytes]]]
"""A subject, the data, and the headers."""


def subject(number: int) -> str:
    """The identifier of a project."""
    return f"project/chengdu.deyang/p{number}"


def statements(number: int) -> list[Message]:
    """Everything that is said of one project, in the order of the two years."""
    messages = (_message(number, i, *fields) for i, fields in enumerate(_story()))
    return list(messages)


def _message(
    number: int, index: int, party: str, fact: str, data: dict[str, Any]
) -> Message:
    envelope = Envelope(
        specversion="1.0",
        id=data.pop("id", f"s{index}"),
        source=f"/{party}/development-and-reform",
        type=f"twincity.{fact}.v1",
        subject=subject(number),
        time=STATED_AT,
    )
    value = json.dumps(data, ensure_ascii=False).encode()
    return subject(number), value, envelope.to_headers()


def _story() -> Iterator[tuple[str, str, dict[str, Any]]]:
    described = {
        "name": "共建项目",
        "domain": "transport",
        "item_class": "engineering",
        "content": "线路全长约七十公里，设站十五座，分段同步建设。" * 8,
        "regions": ["510100", "510600"],
        "total_investment": {"amount": "3079400", "basis": "feasibility"},
        "as_of": "2025-01",
        "source": "工可",
    }
    of = digest(ProjectDescribed.model_validate_json(json.dumps(described)))
    yield "chengdu", "project.described", described
    yield "deyang", "project.endorsed", {"party": "chengdu", "description": of}
    steps = list(_obstacles())
    for at, (year, month) in enumerate(MONTHS):
        for party in MEMBERS:
            yield party, "progress.reported", _report(year, month)
        share = len(steps) // len(MONTHS) + 1
        yield from steps[at * share : (at + 1) * share]


def _report(year: int, month: int) -> dict[str, Any]:
    return {
        "year": year,
        "through_month": month,
        "scope": "own-section",
        "annual_plan": "120000",
        "annual_investment": str(month * 9_700),
        "cumulative_investment": str((year - 2025) * 116_400 + month * 9_700),
        "completion_rate": "8.1",
        "physical_progress": "盾构累计掘进十二公里，架梁过半，轨道铺设按期推进。",
        "as_of": f"{year}-{month:02}",
        "source": "月报",
    }


def _obstacles() -> Iterator[tuple[str, str, dict[str, Any]]]:
    unit = {"name": "广汉市人民政府", "region": "510681"}
    for number in range(OBSTACLES):
        name = f"ob-{number}"
        yield (
            "chengdu",
            "obstacle.registered",
            {
                "id": f"{name}-0",
                "obstacle": name,
                "title": "管线迁改滞后",
                "content": "电力管线和给水管未迁改，占压车站基坑，请限期迁改。",
                "kind": "site",
                "stage": "under-construction",
                "unit": unit,
                "due": "2025-06",
                "as_of": "2025-01",
            },
        )
        for step, (party, fact) in enumerate(STEPS, start=1):
            yield (
                party,
                f"obstacle.{fact}",
                {
                    "id": f"{name}-{step}",
                    "raised_by": "chengdu",
                    "obstacle": name,
                    "answers": f"{name}-{step - 1}",
                    "as_of": "2025-05",
                    "note": "已按要求办理，附现场照片和移交单。",
                    **(
                        {
                            "to": "deyang",
                            "unit": unit,
                            "task": "按期迁改",
                            "due": "2025-07",
                        }
                        if fact in {"assigned", "extended"}
                        else {}
                    ),
                },
            )
