"""What officials read is in the words of their papers, everywhere the same."""

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BETTER = {
    "陈述": "填报",
    "项目描述": "项目信息填报",
    "项目认可": "项目确认（会签）",
    "项目拒绝": "不予确认",
    "被拒\t": "未获确认",
    "有分歧": "数据不一致",
    "单方": "一方已报",
    "尚无分歧": "未见不一致（待确认）",
    "症结": "问题",
    "婉拒": "不予对接",
    "对接超时": "逾期未对接",
    "授榜": "确定揭榜方",
    "免责": "免予考核",
    "调度召集": "调度通知",
    "异议": "未生效提示",
    "超时序": "较时序进度",
    "效果不足": "未达预期",
    "榜单记录": "红黑榜、揭榜榜单",
}
"""The term of the papers for one that says something else to their readers."""

READ = [
    path
    for folder, pattern in (
        ("schemas/twincity_schemas", "**/*.tsv"),
        ("schemas/twincity_schemas", "**/*.py"),
        ("schemas/twincity_schemas", "**/*.html"),
        ("services", "**/*.py"),
        ("services", "**/*.html"),
        ("docs", "glossary.md"),
        (".", "*.md"),
        ("schemas", "*.md"),
        ("deploy", "*.md"),
    )
    for path in sorted((ROOT / folder).glob(pattern))
]


@pytest.mark.parametrize("word", BETTER)
def test_one_word_for_one_thing(word: str) -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}: write {BETTER[word]}"
        for path in READ
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if word in line
    ]
    assert found == []
