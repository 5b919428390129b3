"""Match results: one record per entry, one per pool."""

from typing import Annotated

from twincity_schemas.opportunity import Area, Direction, NeedType
from twincity_schemas.values import SubjectId, Value
from twincity_schemas.words import Coded, Words


class PairStatus(Coded):
    """How far a pair has come."""

    RECOMMENDED = "recommended", "推荐", "recommended"
    ACCEPTED_BY_DEMAND = "accepted-by-demand", "需求方已受理", "accepted by demand"
    ACCEPTED_BY_SUPPLY = "accepted-by-supply", "供给方已受理", "accepted by supply"
    AGREED = "agreed", "双方已受理", "accepted by both"


class Term(Value):
    """One part of a score; the parts add up exactly to it."""

    name: Annotated[str, Words("项", "Term")]
    points: Annotated[int, Words("得分", "Points")]
    zh: Annotated[str, Words("中文依据", "Evidence in Chinese")]
    en: Annotated[str, Words("英文依据", "Evidence in English")]


class Pair(Value):
    """The other entry of a pair and why it was chosen."""

    counterpart: Annotated[SubjectId, Words("对方条目", "The other entry")]
    status: Annotated[PairStatus, Words("状态", "Status")]
    score: Annotated[int, Words("得分", "Score", "各项之和", "Sum of its terms")]
    terms: Annotated[tuple[Term, ...], Words("得分依据", "Terms")]


class PairingRecorded(Value):
    """What an entry is paired with now."""

    subject: Annotated[SubjectId, Words("条目", "Entry")]
    pool: Annotated[str, Words("清单", "Pool")]
    title: Annotated[str, Words("项目名称", "Title")]
    direction: Annotated[Direction, Words("供需方向", "Direction")]
    area: Annotated[Area, Words("领域（四类）", "Area")]
    need_type: Annotated[NeedType, Words("需求类别", "Need type")]
    open: Annotated[bool, Words("在列", "On the list")]
    pairs: Annotated[tuple[Pair, ...], Words("对接", "Pairs")] = ()
    declined: Annotated[
        tuple[SubjectId, ...],
        Words(
            "已婉拒",
            "Declined",
            "任一方婉拒的条目",
            "Entries ruled out by either owner",
        ),
    ] = ()
    why_unpaired: Annotated[str | None, Words("未对接原因", "Why unpaired")] = None


class CertificateRecorded(Value):
    """Why no better pairing exists: strong duality, checkable in one pass.

    Weights are integers of up to 60 bits: written as decimal strings, since a
    reader in JavaScript would round them.
    """

    total: Annotated[str, Words("总权重", "Total weight")]
    dual_total: Annotated[str, Words("对偶总和", "Dual total")]
    demands: Annotated[dict[SubjectId, str], Words("需求对偶", "Duals of demands")]
    supplies: Annotated[dict[SubjectId, str], Words("供给对偶", "Duals of supplies")]


class PoolRecorded(Value):
    """The pairing of a pool as a whole, with its certificate."""

    pool: Annotated[str, Words("清单", "Pool")]
    scorer: Annotated[str, Words("评分版本", "Scorer version")]
    demands: Annotated[int, Words("需求数", "Demands")]
    supplies: Annotated[int, Words("供给数", "Supplies")]
    pairs: Annotated[int, Words("对接数", "Pairs")]
    agreed: Annotated[int, Words("已达成数", "Agreed pairs")]
    score: Annotated[int, Words("总得分", "Total score")]
    certificate: Annotated[CertificateRecorded, Words("最优性凭证", "Certificate")]
