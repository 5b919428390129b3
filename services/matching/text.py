"""From a text to its terms: characters and pairs of characters of Chinese.

Measured on public Chinese sets, single characters and bigrams retrieve as well
as segmented words, need no dictionary, and are the same on every machine.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from functools import cache
from itertools import chain
from operator import add

# Radicals and the few compatibility ideographs that NFKC leaves stand for characters.
_HAN = "\u2e80-\u2fdf\u3005-\u3007\u3400-\u9fff\uf900-\ufaff\U00020000-\U000323af"
# Runs of Han characters; Latin words as a whole. A number alone is no term: that
# two entries both speak of 30 of something says nothing.
_RUN = re.compile(rf"[{_HAN}]+|[0-9]*[a-z][a-z0-9]*(?:[.+#-][a-z0-9]+)*")
# 不含土建和运营: what a clause denies is not what the entry is about. Of a deed that is
# denied, 不回收旧件, the name is a part of it.
_DENIED = re.compile(
    r"不(?:含|包[含括]|做|承[接担]|提供|涉及|处理|发放|从事|负责|经营|销售|(?=放款|回收|收购"
    r"|清洗|运输|维修|安装|施工|生产|加工|出租|租赁|检测|培训|研发|改造|代理))"
    r"([^，。；,;]*)"
)
_IS_HAN = re.compile(f"[{_HAN}]")


def runs(text: str) -> list[str]:
    """Split a text into runs of Han characters and whole Latin words."""
    return _RUN.findall(normal(text))


def claimed(text: str) -> str:
    """A text without the clauses in which an entry says what it does not do."""
    return _DENIED.sub("", text)


def denied(text: str) -> str:
    """Returns what an entry says that it does not do, clause after clause."""
    return "，".join(_DENIED.findall(text))


def normal(text: str) -> str:
    """A text as its terms are read: compatibility forms and capitals undone."""
    return unicodedata.normalize("NFKC", text).lower()


def terms(text: str) -> Counter[str]:
    """The terms of a text, and how often each stands there."""
    return Counter(chain.from_iterable(map(_terms, runs(text))))


@cache
def _is_han(character: str) -> bool:
    return _IS_HAN.match(character) is not None


def _terms(run: str) -> Iterable[str]:
    return chain(run, map(add, run, run[1:])) if _is_han(run[0]) else (run,)
