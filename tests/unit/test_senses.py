"""What words mean counts, and for less where the entries are of other scenarios."""

from typing import Any

import pytest

from services.matching.scorer import Prepared, explain, points, prepare
from services.matching.senses import NEAREST, akin, nearness, sense
from tests.support.saying import entry
from twincity_schemas.opportunity import OpportunityPublished

pytestmark = pytest.mark.unit

LINE = "年产铝材的压铸厂寻求产线能耗监测与节能改造，需在线采集电机和熔炉数据"
VISION = "工业相机与视觉算法在线检测压铸件缺陷，适配产线节拍，已用于铝材工厂"


def read(direction: str, content: str, scenario: str | None) -> Prepared:
    party = "chengdu" if direction == "demand" else "chongqing"
    data: Any = entry(direction=direction, content=content)
    data.pop("scenario", None)
    if scenario is not None:
        data["scenario"] = scenario
    said = OpportunityPublished.model_validate(data)
    return prepare(f"opportunity/{party}/1-1", said)


def sensed(one: str | None, other: str | None) -> tuple[int, str, str]:
    """The points of the senses, and how they are told."""
    pair = read("demand", LINE, one), read("supply", VISION, other)
    terms = explain(*pair)
    assert sum(term.points for term in terms) == points(*pair)
    [term] = [term for term in terms if term.name == "sense"]
    return term.points, term.zh, term.en


def test_senses_count_for_half_between_scenarios_with_nothing_in_common() -> None:
    whole, *_ = sensed("智能制造", "智能制造")
    half, zh, en = sensed("双碳管理", "文化体育设施")
    assert whole > 1000
    assert half == whole // 2
    assert "应用场景不同：双碳管理、文化体育设施，计 50%" in zh
    assert "counted at 50 %" in en


def test_scenarios_in_other_words_are_near() -> None:
    near = nearness("水环境治理", "黑臭水体整治")
    assert nearness("水环境治理", "智慧医疗") < near < NEAREST
    assert nearness("水环境治理", "水环境治理") == NEAREST


@pytest.mark.parametrize("nameless", [None, "Ω-7", "2024"])
def test_who_names_no_scenario_loses_nothing(nameless: str | None) -> None:
    whole = sensed("智能制造", "智能制造")
    assert sensed(nameless, "智能制造") == sensed("智能制造", nameless) == whole


def test_kindred_words_are_each_others_nearest() -> None:
    assert akin(sense("承接集成电路设计"), sense("销售半导体"), 3) == [
        ("集成电路", "半导体")
    ]
    # 超市 is nearer to 卖场, which stands there too, than 商场 is.
    shown = akin(sense("开设超市"), sense("经营卖场和影院"), 3)
    assert shown == [("超市", "卖场")]


@pytest.mark.parametrize(("one", "other"), [("购房", "求职"), ("燃气", "电池")])
def test_words_of_one_field_are_not_kindred(one: str, other: str) -> None:
    assert akin(sense(one), sense(other), 3) == []


def denied(demand: str, supply: str) -> list[tuple[int, str]]:
    """What it costs that a supply rules out what is demanded."""
    pair = read("demand", demand, None), read("supply", supply, None)
    terms = explain(*pair)
    assert sum(term.points for term in terms) == points(*pair)
    return [(term.points, term.zh) for term in terms if term.name == "denied"]


@pytest.mark.parametrize(
    ("demand", "supply", "named"),
    [
        ("档案需扫描入库", "供应档案密集架，不做扫描加工", "扫描（需求：扫描）"),
        (
            "缺流动资金，求融资",
            "提供财产保险，不发放贷款",
            "贷款（需求：流动资金、融资）",
        ),
        (
            "缺流动资金，求融资",
            "代办质押登记，不放款。",
            "放款（需求：流动资金、融资）",
        ),
        ("铁桶需上门收集清洗", "出租铁桶，不清洗旧桶", "清洗（需求：清洗）"),
    ],
)
def test_a_supply_that_rules_out_what_is_demanded_loses(
    demand: str, supply: str, named: str
) -> None:
    [(cost, zh)] = denied(demand, supply)
    assert cost < 0
    assert zh == f"供给声明不提供：{named}"


@pytest.mark.parametrize(
    "supply",
    [
        "供应档案密集架，不做绿化",
        "不处理污水，扫描档案",
        "扫描档案",
        "扫描不断档，入库不停工",
    ],
)
def test_what_nobody_demands_may_be_ruled_out(supply: str) -> None:
    # 处理 is what is not done, and no matter by itself.
    assert denied("档案处理和扫描入库", supply) == []
