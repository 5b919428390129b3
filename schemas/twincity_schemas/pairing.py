"""Match results: one record per entry, one per pool."""

from typing import Annotated

from pydantic import Field

from twincity_schemas.opportunity import Area, Direction, NeedType
from twincity_schemas.parts import StatementsDigest
from twincity_schemas.steps import NoEffect, OpenStep, StatementCount
from twincity_schemas.values import Digest, PartialDate, PartyCode, SubjectId, Value
from twincity_schemas.words import Coded, Words, named


@named("配对状态", "Status of a pair", "配对推进到哪一步，由双方的答复推导。")
class PairStatus(Coded):
    """How far a pair has come."""

    RECOMMENDED = (
        "recommended",
        "推荐",
        "recommended",
        "系统推荐，双方均未受理。",
        "The system proposes it; neither owner has taken it up.",
    )
    ACCEPTED_BY_DEMAND = (
        "accepted-by-demand",
        "需求方已受理",
        "accepted by demand",
        "需求方已受理，等待供给方答复。",
        "The demand's owner took it up; the supply's has yet to.",
    )
    ACCEPTED_BY_SUPPLY = (
        "accepted-by-supply",
        "供给方已受理",
        "accepted by supply",
        "供给方已受理，等待需求方答复。",
        "The supply's owner took it up; the demand's has yet to.",
    )
    AGREED = (
        "agreed",
        "双方已受理",
        "accepted by both",
        "双方均已受理，配对固定，优先于一切推荐。",
        "Both owners took it up: it is pinned, before anything merely proposed.",
    )
    IN_TALKS = (
        "in-talks",
        "洽谈中",
        "in talks",
        "双方均表示已在洽谈。",
        "Both owners say that they are in talks.",
    )
    SIGNED = (
        "signed",
        "已签约",
        "signed",
        "双方均表示已签约。",
        "Both owners say that they have signed.",
    )
    LANDED = (
        "landed",
        "已落地",
        "landed",
        "双方均表示合作已落地。",
        "Both owners say that it has been put into effect.",
    )
    RATED = (
        "rated",
        "已反馈",
        "rated",
        "双方均已对这次对接作出评价。",
        "Both owners have said how well the match served them.",
    )


@named("得分项", "Term of a score", "得分的一个组成部分及其依据；各项之和等于总分。")
class Term(Value):
    """One part of a score; the parts add up exactly to it."""

    name: Annotated[
        str,
        Words(
            "项",
            "Term",
            "项的代码，如 text（文本）、need_type（类别）、region（地域）。",
            "The code of the part, such as text, need_type or region.",
        ),
    ]
    points: Annotated[
        int,
        Words(
            "得分",
            "Points",
            "该项所得分数，整数。",
            "How many points this part adds, a whole number.",
        ),
    ]
    zh: Annotated[
        str,
        Words(
            "中文依据",
            "Evidence in Chinese",
            "为何得分的中文说明，供条目所属主体阅读。",
            "Why it adds points, said to the owners in Chinese.",
        ),
    ]
    en: Annotated[
        str,
        Words(
            "英文依据",
            "Evidence in English",
            "为何得分的英文说明，供条目所属主体阅读。",
            "Why it adds points, said to the owners in English.",
        ),
    ]


@named(
    "可信度",
    "Confidence",
    "同类推荐在已知答案的公开集和手工集上有多少是对的；不代表真实清单上的比例。",
)
class Confidence(Value):
    """How often pairs of this kind were right where the truth is known.

    Of a kind are pairs whose texts are as alike and that are as far ahead of the next
    best. The sets are public and hand-made ones, not a real opportunity list.
    """

    share: Annotated[
        int,
        Words(
            "正确比例（%）",
            "Share in per cent",
            "同类推荐中正确者的百分比。",
            "How many in a hundred pairs of this kind were right.",
        ),
    ]
    low: Annotated[
        int,
        Words(
            "下限（%）",
            "At least",
            "95% 置信区间下限。",
            "Where its interval of 95 % begins.",
        ),
    ]
    high: Annotated[
        int,
        Words(
            "上限（%）", "At most", "95% 置信区间上限。", "Where that interval ends."
        ),
    ]
    observed: Annotated[
        int,
        Words(
            "观测数",
            "Observed",
            "统计所依据的配对数。",
            "How many pairs of this kind were counted.",
        ),
    ]
    confident: Annotated[
        bool,
        Words(
            "较为可靠",
            "Confident",
            "true 表示文本足够相近且明显领先于次优；false 宜先人工核对。",
            "True where the texts are alike and the pair is well ahead; where false,"
            " it is for people to look at first.",
        ),
    ]


@named("配对", "Pair", "与本条目配对的另一条目，以及选中它的依据。")
class Pair(Value):
    """The other entry of a pair and why it was chosen."""

    counterpart: Annotated[
        SubjectId,
        Words(
            "对方条目",
            "The other entry",
            "配对中另一条目的标识。",
            "The identifier of the entry that this one is paired with.",
        ),
    ]
    status: Annotated[
        PairStatus,
        Words(
            "状态",
            "Status",
            "双方的受理情况。",
            "Which of the two owners have taken the pair up.",
        ),
    ]
    score: Annotated[
        int,
        Words(
            "得分",
            "Score",
            "各得分项之和，整数；越高越合适。",
            "The sum of its terms, a whole number; the higher, the better the fit.",
        ),
    ]
    terms: Annotated[
        tuple[Term, ...],
        Words(
            "得分依据",
            "Terms",
            "组成得分的各项及其中英文依据。",
            "The parts of the score, each with its evidence in both languages.",
        ),
    ]
    mutual_first_choice: Annotated[
        bool,
        Words(
            "互为首选",
            "Mutual first choice",
            "true 表示双方都没有得分更高的可对接条目。",
            "True where neither entry has a possible partner that scores more.",
        ),
    ] = False
    confidence: Annotated[
        Confidence | None,
        Words(
            "可信度",
            "Confidence",
            "所推荐配对的可信度；双方已受理的和待答复的不填。",
            "Of a recommended pair; absent from agreements and offers.",
        ),
    ] = None
    beyond_capacity: Annotated[
        bool,
        Words(
            "超出可对接数",
            "Beyond capacity",
            "true 表示双方已受理，但任一方的可对接数已被更早的受理用完。",
            "True of an agreement for which one of the entries had no place left.",
        ),
    ] = False
    answer_by: Annotated[
        PartialDate | None,
        Words(
            "答复时限",
            "Answer by",
            "一方已受理、另一方尚未答复时，按清单规则应答复的日期。",
            "Where one owner waits for the other: by when the pool's rule wants an"
            " answer.",
        ),
    ] = None
    open: Annotated[
        tuple[OpenStep, ...],
        Words(
            "可办步骤",
            "Open steps",
            "双方下一步可办的步骤及办理方。",
            "What each owner may say next.",
        ),
    ] = ()


@named("未满足的条件", "Condition not met", "两个条目未能配对的一个原因。")
class Failed(Value):
    """One reason why two entries are not a pair: what would have to change."""

    code: Annotated[
        str,
        Words(
            "代码",
            "Code",
            "供程序判断的原因，如 region、amount、too_unlike、paired_elsewhere。",
            "The reason as a word for programs, such as region or too_unlike.",
        ),
    ]
    zh: Annotated[
        str, Words("中文原因", "Why, in Chinese", "中文原因。", "Why, in Chinese.")
    ]
    en: Annotated[
        str, Words("英文原因", "Why, in English", "英文原因。", "Why, in English.")
    ]


@named("最接近的条目", "Nearest entry", "未对接条目的最接近条目，及须改变什么。")
class Near(Value):
    """An entry that comes nearest to one without a pair, and what is in the way."""

    counterpart: Annotated[
        SubjectId,
        Words("对方条目", "The other entry", "另一条目的标识。", "Its identifier."),
    ]
    score: Annotated[
        int,
        Words(
            "得分",
            "Score",
            "该对的得分，不论是否够推荐。",
            "What the pair scores, whether or not that is enough.",
        ),
    ]
    failed: Annotated[
        tuple[Failed, ...],
        Words(
            "未满足的条件",
            "Failed",
            "为何未配对；这些改变后才可配对。",
            "Why it is not a pair; they would have to change first.",
        ),
    ]


@named("已退出的配对", "Pair that was left", "一方已退出或暂不对接的配对。")
class PairExit(Value):
    """A pair that an owner has left, or has put off; it is not recommended."""

    counterpart: Annotated[
        SubjectId,
        Words("对方条目", "The other entry", "另一条目的标识。", "Its identifier."),
    ]
    party: Annotated[
        PartyCode,
        Words("退出方", "Party", "退出的主体代码。", "The code of who left it."),
    ]
    step: Annotated[
        str,
        Words(
            "步骤",
            "Step",
            "退出的事件名称：match.declined、match.ended、match.expired；暂不对接为"
            " match.deferred。",
            "The fact: match.declined, match.ended or match.expired; match.deferred"
            " where it is not for ever.",
        ),
    ]
    until: Annotated[
        PartialDate | None,
        Words(
            "何时再议",
            "Until",
            "暂不对接的，从何时起可再议；未约定日期的不填。",
            "Of a deferred pair: from when it is open again, if a date was given.",
        ),
    ] = None


@named("对接记录", "Pairing recorded", "一个条目当前的配对情况，由系统推导。")
class PairingRecorded(Value):
    """What an entry is paired with now."""

    subject: Annotated[
        SubjectId,
        Words(
            "条目",
            "Entry",
            "条目标识，如 opportunity/chengdu/2022-1-0387。",
            "The entry's identifier, such as opportunity/chengdu/2022-1-0387.",
        ),
    ]
    pool: Annotated[
        str,
        Words(
            "清单",
            "Pool",
            "条目所属清单，即条目名称最后一个连字符之前的部分。",
            "The list it belongs to: the entry's name up to its last hyphen.",
        ),
    ]
    title: Annotated[
        str,
        Words(
            "项目名称",
            "Title",
            "该条目最近一次发布的名称。",
            "What the entry is called, as its owner last said.",
        ),
    ]
    direction: Annotated[
        Direction,
        Words(
            "供需方向",
            "Direction",
            "该条目是需求还是供给。",
            "Whether the entry is a demand or a supply.",
        ),
    ]
    area: Annotated[
        Area,
        Words(
            "领域（四类）",
            "Area",
            "该条目所属领域：生态、生活、生产或治理。",
            "The entry's area: ecology, life, production or governance.",
        ),
    ]
    need_type: Annotated[
        NeedType,
        Words(
            "需求类别",
            "Need type",
            "该条目的需求类别；供给条目为其能满足的类别。",
            "The need it has or, of a supply, the need that it can meet.",
        ),
    ]
    open: Annotated[
        bool,
        Words(
            "在列",
            "On the list",
            "true 表示仍在清单上；撤回后为 false，不再配对。",
            "True while it is on the list; false once withdrawn, and then unpaired.",
        ),
    ]
    pairs: Annotated[
        tuple[Pair, ...],
        Words(
            "对接",
            "Pairs",
            "双方已受理的配对，以及在余下的可对接数内推荐的配对；可以为空。",
            "The pairs that both owners took up, and those recommended for what is"
            " left of its capacity; may be empty.",
        ),
    ] = ()
    offers: Annotated[
        tuple[Pair, ...],
        Words(
            "待答复",
            "Offers",
            "一方已受理、另一方尚未受理，而目前另有推荐的配对；仍可受理。",
            "Pairs that one owner took up and that are not what is recommended now;"
            " they stay open to the other.",
        ),
    ] = ()
    declined: Annotated[
        tuple[SubjectId, ...],
        Words(
            "不予对接",
            "Declined",
            "任一方已退出、不再与本条目配对的条目标识。",
            "Entries ruled out by either owner, which are not paired with it again.",
        ),
    ] = ()
    left: Annotated[
        tuple[PairExit, ...],
        Words(
            "已退出",
            "Left",
            "不予对接、中止、逾期或暂不对接的配对，由谁退出。",
            "Pairs that were declined, broken off, timed out or put off, and by whom.",
        ),
    ] = ()
    no_effect: Annotated[
        tuple[NoEffect, ...],
        Words(
            "未生效陈述",
            "NoEffect",
            "条目所属主体近来不产生效果的陈述（至多20条）及原因。",
            "The owner's latest statements without effect, 20 at most, and why.",
        ),
    ] = ()
    statements: StatementCount
    statements_digest: StatementsDigest
    nearest: Annotated[
        tuple[Near, ...],
        Words(
            "最接近的条目",
            "Nearest",
            "没有配对时，同类或相近类别中最接近的至多三个条目及未满足的条件。",
            "Where it has no pair: up to three entries of its own or a kindred type"
            " that come nearest, and what is in the way.",
        ),
    ] = ()
    why_unpaired: Annotated[
        str | None,
        Words(
            "未对接原因",
            "Why unpaired",
            "没有配对时的原因，“中文 / English”；已有配对时不填。",
            "Why it has no pair, as “中文 / English”; absent when it has one.",
        ),
    ] = None


@named("集合摘要", "Digest of a set", "一组记录内容共有几项，及其整体摘要。")
class SetDigest(Value):
    """How many members a set has, and the sum modulo 2^256 of their SHA-256.

    Whoever has read them all can compute it, in whatever order they came.
    """

    count: Annotated[
        int, Words("项数", "Count", "集合的项数。", "How many members it has.")
    ]
    digest: Annotated[
        Digest,
        Words(
            "摘要",
            "Digest",
            "各项 SHA-256 之和，模 2^256。",
            "The sum modulo 2^256 of the members' SHA-256.",
        ),
    ]


@named(
    "最优性凭证",
    "Certificate of optimality",
    "证明不存在更优的整体配对；各条目的价格另有记录，此处为总和与摘要。",
)
class CertificateRecorded(Value):
    """Why no better pairing exists: strong duality, checkable in one pass.

    The prices are told entry by entry (``price.recorded``), and what pairs score
    demand by demand (``candidates.recorded``); here are the totals, and the digests
    by which a reader knows whether it holds them all. Weights are large integers:
    written as decimal strings, since a reader in JavaScript would round them.
    """

    total: Annotated[
        str,
        Words(
            "总权重",
            "Total weight",
            "推荐配对的权重之和；两总和相等即证明最优。",
            "The weight of the recommended pairs; the best where it equals the dual"
            " total.",
        ),
    ]
    dual_total: Annotated[
        str,
        Words(
            "对偶总和",
            "Dual total",
            "对偶问题的目标值；任何配对方案的总权重都不超过它。",
            "The dual programme's value; no pairing whatever can weigh more.",
        ),
    ]
    prices: Annotated[
        SetDigest,
        Words(
            "价格",
            "Prices",
            "各条目“条目、余量、价格”（以换行相隔）的项数与摘要。",
            "Of the lines entry, places, price of every entry on the list.",
        ),
    ]
    candidates: Annotated[
        SetDigest,
        Words(
            "可推荐配对",
            "Candidates",
            "各可推荐配对“需求、供给、得分”（以换行相隔）的项数与摘要。",
            "Of the lines demand, supply, score of every pair that can be recommended.",
        ),
    ]


@named("价格记录", "Price recorded", "一个条目在最优性凭证中的价格和可推荐余量。")
class PriceRecorded(Value):
    """An entry's price in the certificate, and how many places it has left."""

    subject: Annotated[
        SubjectId,
        Words("条目", "Entry", "条目标识。", "The entry's identifier."),
    ]
    pool: Annotated[
        str, Words("清单", "Pool", "所属清单。", "The list that it belongs to.")
    ]
    direction: Annotated[
        Direction,
        Words("供需方向", "Direction", "需求或供给。", "Demand or supply."),
    ]
    places: Annotated[
        int,
        Words(
            "余量",
            "Places",
            "可对接数减去双方已受理的配对数，不小于零。",
            "Its capacity less the pairs that both owners took up; never negative.",
        ),
    ]
    price: Annotated[
        str,
        Words(
            "价格",
            "Price",
            "对偶值，非负整数，以十进制字符串记载。",
            "Its dual, a whole number that is never negative, as a decimal string.",
        ),
    ]


@named("清单记录", "Pool recorded", "一个清单的整体配对结果，附最优性凭证。")
class PoolRecorded(Value):
    """The pairing of a pool as a whole, with its certificate."""

    pool: Annotated[
        str,
        Words(
            "清单",
            "Pool",
            "清单编号，如 2022-1。",
            "The name of the list, such as 2022-1.",
        ),
    ]
    scorer: Annotated[
        str,
        Words(
            "评分版本",
            "Scorer version",
            "评分规则和词权表的版本，如 lexical-2。",
            "The version of scoring rules and term weights, such as lexical-2.",
        ),
    ]
    demands: Annotated[
        int,
        Words(
            "需求数",
            "Demands",
            "当前在列的需求条目数。",
            "How many demands are on the list now.",
        ),
    ]
    supplies: Annotated[
        int,
        Words(
            "供给数",
            "Supplies",
            "当前在列的供给条目数。",
            "How many supplies are on the list now.",
        ),
    ]
    pairs: Annotated[
        int,
        Words(
            "对接数",
            "Pairs",
            "当前选定的配对数，含已达成的。",
            "How many pairs are chosen now, those agreed included.",
        ),
    ]
    agreed: Annotated[
        int,
        Words(
            "已达成数",
            "Agreed pairs",
            "双方均已受理的配对数。",
            "How many of the pairs both owners have taken up.",
        ),
    ]
    score: Annotated[
        int,
        Words(
            "总得分",
            "Total score",
            "各配对得分之和。",
            "The pairs' scores in all.",
        ),
    ]
    most_candidates: Annotated[
        int,
        Words(
            "候选上限",
            "Most candidates",
            "每个需求最多保留多少个得分最高的候选供给；最优性以此为范围。",
            "How many supplies a demand keeps, those that score most; the pairing is"
            " the best among those.",
        ),
    ]
    answer_within_days: Annotated[
        int,
        Words(
            "答复期限（天）",
            "Days to answer",
            "清单规则：一方受理后，另一方应在多少天内答复。",
            "The pool's rule: how many days after one owner's acceptance the other"
            " should have answered.",
        ),
    ]
    mutual_first_choices: Annotated[
        int,
        Words(
            "互为首选数",
            "Mutual first choices",
            "选定的配对中互为首选的对数。",
            "How many of the chosen pairs are each other's first choice.",
        ),
    ] = 0
    blocking: Annotated[
        int,
        Words(
            "另有意向数",
            "Blocking pairs",
            "未选定、但双方都更愿意选择对方的对数；总体最优不等于人人最优。",
            "Pairs not chosen whose two entries would both rather have each other.",
        ),
    ] = 0
    blocking_pairs: Annotated[
        tuple[tuple[SubjectId, SubjectId], ...],
        Words(
            "另有意向的配对",
            "Blocking pairs, listed",
            "其中至多10对，需求在前。",
            "Up to 10 of them, demand first.",
        ),
    ] = ()
    table: Annotated[
        str | None,
        Words(
            "词权表摘要",
            "Digest of the table",
            "评分所用词权表的 SHA-256 前16位。",
            "The first 16 digits of the SHA-256 of the table of term weights.",
        ),
    ] = None
    certificate: Annotated[
        CertificateRecorded,
        Words(
            "最优性凭证",
            "Certificate",
            "证明推荐配对整体最优的对偶解，可独立核验。",
            "A dual solution that proves what is recommended optimal; anybody can"
            " check it.",
        ),
    ]
    statements: StatementCount
    statements_digest: StatementsDigest


@named(
    "候选记录",
    "Candidates recorded",
    "一个需求条目可推荐的全部供给及得分；凭此任何读者可独立核验最优性凭证。",
)
class CandidatesRecorded(Value):
    """The supplies that a demand can be paired with, for whoever checks.

    A pair weighs its score times 2^40, plus the first five bytes of BLAKE2b (digest
    size 5) of demand, line feed, supply, as a number (docs/decisions/0004).
    """

    subject: Annotated[
        SubjectId,
        Words("需求条目", "Demand", "需求条目标识。", "The demand's identifier."),
    ]
    pool: Annotated[
        str, Words("清单", "Pool", "所属清单。", "The list that it belongs to.")
    ]
    scores: Annotated[
        dict[SubjectId, int],
        Words(
            "得分",
            "Scores",
            "每个可推荐供给的得分，以供给条目为键；已退出或双方已受理的不在其中。",
            "Of each supply that can be recommended, by its entry; without the pairs"
            " that an owner has left and those that both took up.",
        ),
    ] = Field(default_factory=dict)
