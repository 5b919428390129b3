"""Statements for tests: as short as a sentence."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from twincity_schemas.envelope import Envelope
from twincity_schemas.message import Event, parse

SAID = datetime.fromisoformat("2026-11-01T09:00:00+08:00")
S11 = "project/chengdu.deyang/s11"


def envelope(
    fact: str, party: str, subject: str, id_: str = "1", time: datetime = SAID
) -> Envelope:
    return Envelope(
        specversion="1.0",
        id=id_,
        source=f"/{party}/bureau",
        type=f"twincity.{fact}.v1",
        subject=subject,
        time=time,
    )


def event(  # noqa: PLR0913, PLR0917  as short as a sentence where it is used
    fact: str,
    party: str,
    subject: str,
    data: Mapping[str, Any],
    id_: str = "1",
    time: datetime = SAID,
) -> Event[Any]:
    said = envelope(fact, party, subject, id_, time)
    return parse(said.to_headers(), json.dumps(data, ensure_ascii=False).encode())


def described(**changes: Any) -> dict[str, Any]:
    return {
        "name": "S11",
        "domain": "transport",
        "item_class": "engineering",
        "content": "成都至德阳市域铁路",
        "as_of": "2023-03",
        "source": "工可",
        **changes,
    }


def reported(**changes: Any) -> dict[str, Any]:
    return {
        "year": 2026,
        "through_month": 8,
        "scope": "own-section",
        "annual_plan": "100000",
        "annual_investment": "74300",
        "cumulative_investment": "200000",
        "as_of": "2026-08",
        "source": "月报",
        **changes,
    }


def entry(**changes: Any) -> dict[str, Any]:
    return {
        "title": "再生水厂提标改造工程",
        "content": "新增污水处理能力五万吨，征集建设运营单位。",
        "area": "ecology",
        "need_type": "construction",
        "direction": "demand",
        "issuer_kind": "government",
        "cooperation_mode": "特许经营",
        "regions": ["510106"],
        "responsible_unit": {"name": "金牛区水务局"},
        "contact_org": "金牛区水务局",
        "as_of": "2022-06-20",
        **changes,
    }


def supply(**changes: Any) -> dict[str, Any]:
    offered = {
        "title": "污水处理厂提标改造与运营服务",
        "content": "承接污水处理能力提升，提供建设运营。",
        "direction": "supply",
        "issuer_kind": "enterprise",
        "regions": ["510100"],
        "responsible_unit": {"name": "某水务公司"},
    }
    return entry(**{**offered, **changes})
