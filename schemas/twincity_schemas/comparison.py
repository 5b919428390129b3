"""Two schemas of one thing, walked side by side.

What is known of JSON Schema is compared keyword by keyword. A keyword that is not
known (``oneOf``, ``prefixItems``, a condition) fails closed: whatever changes under
it counts as breaking, until somebody teaches this module what it means.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from twincity_schemas.contract import Document
from twincity_schemas.words import RULES, Coded


class ContractEffect(Coded):
    """The effect of a change on those who keep to the old contract."""

    BREAKING = "breaking"
    WIDENING = "widening"
    COMPATIBLE = "compatible"


@dataclass(frozen=True)
class Change:
    """One difference: where, what it does, and to whom.

    Attributes:
        effect: what it does.
        of: the event type, the topic, or ``envelope``.
        pointer: the field in it; "" for the whole.
        zh: the sentence in Chinese.
        en: the sentence in English.
        readers: those who declared that they use the field.
    """

    effect: ContractEffect
    of: str
    pointer: str
    zh: str
    en: str
    readers: tuple[str, ...] = ()


def schema_changes(of: str, old: Document, new: Document) -> Iterator[Change]:
    """Everything that differs between two schemas of one event type."""
    comparison = _Comparison(of, old.get("$defs", {}), new.get("$defs", {}))
    yield from comparison.schema(old, new, "")


# What bounds a value from below and from above: raised or lowered, it narrows.
_FROM_BELOW = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
_FROM_ABOVE = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
_OTHER_LIMITS = (
    *("pattern", "format", "const", "uniqueItems", "multipleOf"),
    *("x-greater-than", RULES),
)
_ANNOTATIONS = frozenset(
    {
        *("title", "description", "x-title-zh", "x-description-zh", "x-enum-words"),
        *("tsType", "examples", "$comment", "$id", "$schema", "$defs"),
    }
)
"""What refuses nothing, whatever it says."""
_COMPARED = frozenset(
    {
        *(*_FROM_BELOW, *_FROM_ABOVE, *_OTHER_LIMITS, *_ANNOTATIONS),
        *("$ref", "anyOf", "type", "enum", "default", "properties", "required"),
        *("items", "additionalProperties", "propertyNames"),
    }
)
_NONE: Document = {}
_NULL: Document = {"type": "null"}


@dataclass(frozen=True)
class _Comparison:
    """Two schemas of one event type, walked side by side."""

    of: str
    old_parts: Document
    new_parts: Document
    seen: frozenset[tuple[str, str]] = frozenset()

    def schema(self, old: Any, new: Any, at: str) -> Iterator[Change]:
        if isinstance(old, bool) or isinstance(new, bool):
            yield from self._all_or_nothing(old, new, at)
            return
        if "anyOf" in old or "anyOf" in new:
            yield from self.form(_beside(old), _beside(new), at)
        pair = (old.get("$ref", ""), new.get("$ref", ""))
        if all(pair) and pair in self.seen:
            return
        inner = _Comparison(self.of, self.old_parts, self.new_parts, self.seen | {pair})
        old_forms = [self._resolved(f, self.old_parts) for f in _forms(old)]
        new_forms = [self._resolved(f, self.new_parts) for f in _forms(new)]
        yield from self._null(old_forms, new_forms, at)
        before = [form for form in old_forms if form != _NULL]
        after = [form for form in new_forms if form != _NULL]
        if len(before) == len(after) == 1:
            if any(isinstance(form, bool) for form in (before[0], after[0])):
                yield from self._all_or_nothing(before[0], after[0], at)
            else:
                yield from inner.form(before[0], after[0], at)
        else:
            yield from self._alternatives(before, after, at)
        was, is_ = _plain(old.get("default")), _plain(new.get("default"))
        if was != is_:
            yield self._breaking(
                at,
                f"默认值由 {was} 变为 {is_}，未填写的旧事件含义改变",
                f"the default changed from {was} to {is_}: events that leave it out"
                " now mean something else",
            )

    def form(self, old: Document, new: Document, at: str) -> Iterator[Change]:
        """Compare two schemas that are no choice between several."""
        if old.get("type") != new.get("type"):
            yield self._type(old.get("type"), new.get("type"), at)
            return
        for keyword in sorted((old.keys() | new.keys()) - _COMPARED):
            if (was := old.get(keyword)) != (is_ := new.get(keyword)):
                yield self._narrowed(
                    at,
                    f"{keyword} 由 {_plain(was)} 变为 {_plain(is_)}，无法判断其影响",
                    f"{keyword} changes from {_plain(was)} to {_plain(is_)}, which is"
                    " not understood",
                )
        yield from self._codes(old.get("enum"), new.get("enum"), at)
        yield from self._limits(old, new, at)
        yield from self._members(old, new, at)
        for inside in ("items", "additionalProperties", "propertyNames"):
            before, after = old.get(inside, _NONE), new.get(inside, _NONE)
            before = _NONE if before is True else before
            after = _NONE if after is True else after
            if not before and not after and before == after:
                continue
            if isinstance(before, dict) and isinstance(after, dict):
                yield from self.schema(before, after, f"{at}/*")
            elif before != after:
                # One of them is false: nothing beyond the known is let in.
                if after is False:
                    yield self._narrowed(
                        at, "不再接受未知字段", "closes to unknown fields"
                    )
                else:
                    yield self._widened(at, "接受未知字段", "opens to unknown fields")

    def _members(self, old: Document, new: Document, at: str) -> Iterator[Change]:
        before, after = old.get("properties", {}), new.get("properties", {})
        needed, needs = set(old.get("required", ())), set(new.get("required", ()))
        for name, schema in before.items():
            where = f"{at}/{name}"
            if name not in after:
                yield self._breaking(
                    where,
                    "字段被删除，使用它的读者再也读不到",
                    "is removed: whoever reads it finds nothing",
                )
                continue
            if name in needs - needed:
                yield self._breaking(
                    where,
                    "由可选变为必填，未填写的旧事件会被拒绝",
                    "becomes required: events that leave it out are refused",
                )
            if name in needed - needs:
                yield self._breaking(
                    where,
                    "由必填变为可选，依赖它的读者可能读不到",
                    "is no longer required: whoever relies on it may find nothing",
                )
            yield from self.schema(schema, after[name], where)
        for name in after.keys() - before.keys():
            where = f"{at}/{name}"
            if name in needs:
                yield self._breaking(
                    where,
                    "新增的必填字段，旧事件没有它，会被拒绝",
                    "is new and required: older events lack it and are refused",
                )
            else:
                yield Change(
                    ContractEffect.COMPATIBLE,
                    self.of,
                    where,
                    "新增可选字段",
                    "is new, optional",
                )

    def _codes(self, old: Any, new: Any, at: str) -> Iterator[Change]:
        if old is None or new is None:
            if new is not None:
                yield self._narrowed(at, "限定为代码表", "is limited to a code list")
            elif old is not None:
                yield self._widened(at, "不再限定为代码表", "leaves its code list")
            return
        for value in old:
            if value not in new:
                yield self._narrowed(
                    at, f"代码 {value} 被删除", f"the code {value} is removed"
                )
        for value in new:
            if value not in old:
                yield self._widened(at, f"新增代码 {value}", f"the code {value} is new")

    def _limits(self, old: Document, new: Document, at: str) -> Iterator[Change]:
        for limit in (*_FROM_BELOW, *_FROM_ABOVE, *_OTHER_LIMITS):
            before, after = old.get(limit), new.get(limit)
            if limit == RULES:
                # Codes in any order; those that stay refuse what they refused.
                kept = {*(before or ())} & {*(after or ())}
                before, after = (
                    sorted({*(rules or ())} - kept) or None for rules in (before, after)
                )
            if before == after:
                continue
            narrower = after is not None and (
                before is None
                or limit in _OTHER_LIMITS  # another pattern may refuse anything
                or (after > before) == (limit in _FROM_BELOW)
            )
            zh = f"{limit} 由 {_plain(before)} 变为 {_plain(after)}"
            en = f"{limit} changes from {_plain(before)} to {_plain(after)}"
            if narrower and after is not False:
                yield self._narrowed(at, zh, en)
            else:
                yield self._widened(at, zh, en)

    def _all_or_nothing(self, old: Any, new: Any, at: str) -> Iterator[Change]:
        """Compare with ``true``, which takes anything, or ``false``: nothing."""
        old, new = ({} if one is True else one for one in (old, new))
        if old == new:
            return
        if old is False or new == {}:
            yield self._widened(at, "接受更多的值", "takes more than before")
        else:
            yield self._narrowed(at, "不再接受任意值", "no longer takes any value")

    def _null(
        self, old: list[Document], new: list[Document], at: str
    ) -> Iterator[Change]:
        if _NULL in old and _NULL not in new:
            yield self._narrowed(at, "不再接受 null", "no longer takes null")
        if _NULL in new and _NULL not in old:
            yield self._widened(at, "可为 null", "may be null")

    def _alternatives(
        self, old: list[Document], new: list[Document], at: str
    ) -> Iterator[Change]:
        before, after = ({_plain(form) for form in forms} for forms in (old, new))
        if before - after:
            yield self._narrowed(at, "去掉了一种写法", "loses one of its forms")
        if after - before:
            yield self._widened(at, "多了一种写法", "gains another form")

    def _type(self, old: Any, new: Any, at: str) -> Change:
        zh = f"类型由 {_plain(old)} 变为 {_plain(new)}"
        en = f"the type changes from {_plain(old)} to {_plain(new)}"
        if new is None or (old, new) == ("integer", "number"):
            return self._widened(at, zh, en)
        return self._narrowed(at, zh, en)

    def _resolved(self, schema: Document, parts: Document) -> Document:
        reference = schema.get("$ref")
        if reference is None:
            return schema
        resolved: Document = parts[reference.removeprefix("#/$defs/")]
        if isinstance(resolved, bool):
            return resolved
        beside = {k: v for k, v in schema.items() if k not in {"$ref", "default"}}
        # What stands beside a reference holds too; words there are the field's own.
        return resolved | {k: v for k, v in beside.items() if k not in _ANNOTATIONS}

    def _breaking(self, at: str, zh: str, en: str) -> Change:
        return Change(ContractEffect.BREAKING, self.of, at, zh, en)

    def _narrowed(self, at: str, zh: str, en: str) -> Change:
        return self._breaking(
            at,
            f"{zh}，按旧契约写的事件会被拒绝",
            f"{en}: events written to the old contract are refused",
        )

    def _widened(self, at: str, zh: str, en: str) -> Change:
        return Change(ContractEffect.WIDENING, self.of, at, zh, en)


def _forms(schema: Document) -> list[Document]:
    forms: list[Document] = schema.get("anyOf", [schema])
    return forms


def _beside(schema: Document) -> Document:
    """Returns what holds beside a schema's alternatives, whichever it is."""
    if "anyOf" not in schema:
        return {}
    ignored = _ANNOTATIONS | {"anyOf", "default"}
    return {name: rule for name, rule in schema.items() if name not in ignored}


def _plain(value: Any) -> str:
    if value is None:
        return "—"
    return json.dumps(value, ensure_ascii=False, sort_keys=True)
