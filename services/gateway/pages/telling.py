"""Names, figures and dates as a reader has them, in the reader's language."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Protocol

from twincity_schemas.catalogue import EVENT_TYPES
from twincity_schemas.decimals import plain
from twincity_schemas.pairing_record import Confidence
from twincity_schemas.parties import CHINA, Registry
from twincity_schemas.words import Coded, Words

MISSING = "—"
MINUS = "−"
"""Of a figure; a hyphen is shorter than a plus and breaks a line."""
SERVICE_WORDS: Mapping[str, Words] = {
    "admission": Words("受理", "Admission"),
    "coordination": Words("协同", "Coordination"),
    "matching": Words("对接", "Matching"),
    "appraisal": Words("考核", "Appraisal"),
    "ledger": Words("台账", "Ledger"),
    "gateway": Words("网关", "Gateway"),
    "notifier": Words("提示", "Notifier"),
}
"""The services as a reader knows them."""
RULE_WORDS: Mapping[str, Words] = {
    "lights": Words("亮灯规则", "the rule of lights"),
    "treatment": Words("分类施策规则", "the rule of measures by class"),
}
"""Our own rules; those of a board are its opener's to name."""

_WAN_IN_YI, _WAN_IN_BILLION = 10_000, 100_000
_SHOWN_OF_A_DIGEST = 19


class Titles(Protocol):
    """Knows what subjects are called."""

    def title(self, subject: str) -> Words | None:
        """Returns what a subject is called; None where nobody has named it."""


@dataclass(frozen=True)
class Tell:
    """Writes values in one language.

    Attributes:
        language: ``zh`` or ``en``.
        registry: of the parties, for their names.
        titles: for the names of subjects.
    """

    language: str
    registry: Registry
    titles: Titles

    def t(self, zh: str, en: str) -> str:
        """The text in the reader's language."""
        return zh if self.language == "zh" else en

    def words(self, words: Words | Coded | None) -> str:
        """Returns what a code or a thing is called."""
        if words is None:
            return MISSING
        wording = words.words if isinstance(words, Coded) else words
        return self.t(wording.zh, wording.en)

    def coded(self, codes: Iterable[Coded], value: str) -> str:
        """Returns what a value of a code list is called; itself where it has none."""
        return next((self.words(one) for one in codes if one == value), value)

    def either(self, text: str) -> str:
        """Returns one language of a text that has both, as ``中文 / English``."""
        zh, _, en = text.partition(" / ")
        return self.t(zh, en or zh)

    def interval(self, confidence: Confidence) -> str:
        """A confidence's interval of 95 %, and of how many pairs it was counted."""
        return self.t(
            f"{confidence.low}—{confidence.high}%，观测 {confidence.observed} 对",
            f"{confidence.low}–{confidence.high}%, of {confidence.observed}",
        )

    def period(self, period: str) -> str:
        """``2024-08`` as the field says it: January through August of 2024."""
        year, _, month = period.partition("-")
        return self.t(f"{year} 年 1—{int(month)} 月", period) if month else period

    def fact(self, name: str) -> str:
        """Returns what an event type is called, by its name or its short one."""
        known = EVENT_TYPES.get(name) or EVENT_TYPES.get(f"twincity.{name}.v1")
        return self.words(known.words) if known else name

    def field(self, fact: str, pointer: str) -> str:
        """Returns what a field of a statement is called, by its JSON pointer."""
        name = pointer.strip("/").partition("/")[0]
        known = EVENT_TYPES.get(f"twincity.{fact}.v1")
        if known is None or name not in known.model.model_fields:
            return pointer
        return self.words(known.model.field_words(name))

    @property
    def comma(self) -> str:
        """Between what is told in one breath."""
        return self.t("，", ", ")

    @property
    def semicolon(self) -> str:
        """Between sentences of one line."""
        return self.t("；", "; ")

    @property
    def colon(self) -> str:
        """Before what a word announces."""
        return self.t("：", ": ")

    def bracketed(self, text: str) -> str:
        """Returns a text as an aside."""
        return self.t(f"（{text}）", f" ({text})")

    def several(self, things: Iterable[str]) -> str:
        """Returns things of one kind, one after the other; «—» where none is."""
        return self.t("、", ", ").join(things) or MISSING

    def period_of(self, begins: str, ends: str) -> str:
        """Returns from when to when; ``ends`` is "" where no end was named."""
        if not ends:
            return self.t(f"{begins} 起", f"from {begins}")
        return begins if begins == ends else f"{begins}{self.t('—', '–')}{ends}"

    def party(self, code: str) -> str:
        """A party's name; several are joined as records write them."""
        if "、" in code:
            return self.parties(code.split("、"))
        if code not in self.registry.codes:
            return code
        party = self.registry[code]
        return self.t(party.zh, party.en)

    def unit(self, name: str, officer: str | None) -> str:
        """Returns a unit's name, with the officer who answers for it where said."""
        return name + self.bracketed(officer) if officer else name

    def service(self, name: str) -> str:
        """Returns what a service is called; itself where it has no name."""
        return self.words(SERVICE_WORDS[name]) if name in SERVICE_WORDS else name

    def parties(self, codes: Any) -> str:
        """Several parties' names."""
        return self.several(map(self.party, codes))

    def subject(self, subject: str) -> str:
        """Returns a subject's name; its identifier where nobody has named it."""
        title = self.titles.title(subject)
        return self.words(title) if title else subject.partition("/")[2] or subject

    def subject_zh(self, subject: str) -> str:
        """Returns a subject's name in Chinese, to compare by; "" if it has none."""
        title = self.titles.title(subject)
        return title.zh if title else ""

    def number(self, number: Decimal | int | None) -> str:
        """A number with separators; no digit is lost."""
        if number is None:
            return MISSING
        whole, point, rest = plain(abs(Decimal(number))).partition(".")
        return f"{MINUS if number < 0 else ''}{int(whole):,}{point}{rest}"

    @property
    def money_unit(self) -> str:
        """In what ``money`` is written."""
        return self.t("亿元", "bn yuan")

    def money(self, wan: Decimal | None) -> str:
        """万元 as 亿元 to two places, as lists print it; in English as billions."""
        if wan is None:
            return MISSING
        return self.t(f"{wan / _WAN_IN_YI:,.2f}", f"{wan / _WAN_IN_BILLION:,.3f}")

    def percent(self, rate: Decimal | None) -> str:
        """A rate with its sign of per cent."""
        return MISSING if rate is None else f"{rate:.2f}%"

    def lead(self, points: Decimal | None) -> str:
        """Percentage points before (+) or behind (−) the time that has passed."""
        if points is None:
            return MISSING
        return f"{points:+.2f}".replace("-", MINUS)

    def points(self, points: Decimal | None) -> str:
        """The same with its unit, where no heading names it."""
        if points is None:
            return MISSING
        return f"{self.lead(points)} {self.t('个百分点', 'points')}"

    def score(self, figure: Decimal | None) -> str:
        """A score, or a measure's figure, to two places as its neighbours."""
        return MISSING if figure is None else f"{figure:,.2f}".replace("-", MINUS)

    def second(self, moment: datetime | str | None) -> str:
        """A moment by the field's clock, to the second."""
        return self.moment(moment, "%Y-%m-%d %H:%M:%S")

    def moment(
        self, moment: datetime | str | None, form: str = "%Y-%m-%d %H:%M"
    ) -> str:
        """A moment by the field's clock, to the minute."""
        if not moment:
            return MISSING
        try:
            if isinstance(moment, str):
                moment = datetime.fromisoformat(moment)
            return moment.astimezone(CHINA).strftime(form)
        except (OverflowError, ValueError):
            return str(moment)

    def day(self, date: str | None) -> str:
        """A partial date as it was said: ``2026``, ``2026-11`` or a day."""
        return date or MISSING

    def rule(self, name: str, title: str | None = None) -> str:
        """Returns which version of which rule.

        Args:
            name: as ``lights@1``.
            title: of the document that published it, where it has one.
        """
        code, _, version = name.partition("@")
        known = self.words(RULE_WORDS[code]) if code in RULE_WORDS else code
        known = self.t(f"《{title}》", title) if title else known
        apart = " " if known.isascii() else ""
        return f"{known}{self.t(f'{apart}第 {version} 版', f', version {version}')}"

    def digest(self, digest: str) -> str:
        """Enough of a digest to tell it from others."""
        short = len(digest) > _SHOWN_OF_A_DIGEST
        return f"{digest[:_SHOWN_OF_A_DIGEST]}…" if short else digest
