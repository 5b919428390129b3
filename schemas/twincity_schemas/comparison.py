"""Two schemas of one thing, walked side by side.

What is known of JSON Schema is compared keyword by keyword. A keyword that is not
known (``oneOf``, ``allOf``, a condition) fails closed: whatever changes under it, or in
what it refers to, counts as breaking, until somebody teaches this module what it means.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from twincity_schemas.contract import Document
from twincity_schemas.referring import (
    ABSENT,
    ANNOTATIONS,
    as_text,
    beside,
    resolved,
    target,
    whole,
)
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
_COMPARED = frozenset(
    {
        *(*_FROM_BELOW, *_FROM_ABOVE, *_OTHER_LIMITS, *ANNOTATIONS),
        *("$ref", "anyOf", "type", "enum", "default", "properties", "required"),
        *("items", "prefixItems", "additionalProperties", "propertyNames"),
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
        was, is_ = _default(old), _default(new)
        if was != is_:
            yield self._breaking(
                at,
                f"默认值由 {was} 变为 {is_}，未填写的旧事件含义改变",
                f"the default changed from {was} to {is_}: events that leave it out"
                " now mean something else",
            )
        targets = target(old, self.old_parts), target(new, self.new_parts)
        if all(target is not None for target in targets):
            pair = as_text(old), as_text(new)
            if pair in self.seen:
                return
            inner = replace(self, seen=self.seen | {pair})
            yield from self.schema(beside(old), beside(new), at)
            yield from inner.schema(*targets, at)
            return
        old, new = resolved(old, self.old_parts), resolved(new, self.new_parts)
        if isinstance(old, bool) or isinstance(new, bool):
            yield from self._all_or_nothing(old, new, at)
        elif "anyOf" in old or "anyOf" in new:
            yield from self._choice(old, new, at)
        else:
            yield from self.form(old, new, at)

    def _choice(self, old: Document, new: Document, at: str) -> Iterator[Change]:
        """Compare what is, or becomes, a choice between several."""
        was, is_ = (beside(one) if "anyOf" in one else _NONE for one in (old, new))
        yield from self.form(was, is_, at)
        old_forms = [(f, resolved(f, self.old_parts)) for f in _forms(old)]
        new_forms = [(f, resolved(f, self.new_parts)) for f in _forms(new)]
        yield from self._null(
            [form for _, form in old_forms], [form for _, form in new_forms], at
        )
        before = {as_text(r): f for f, r in old_forms if r != _NULL}
        after = {as_text(r): f for f, r in new_forms if r != _NULL}
        if len(before) == len(after) == 1:
            [one], [other] = before.values(), after.values()
            yield from self.schema(one, other, at)
            return
        if before.keys() - after.keys():
            yield self._narrowed(at, "去掉了一种写法", "loses one of its forms")
        if after.keys() - before.keys():
            yield self._widened(at, "多了一种写法", "gains another form")
        for form in before.keys() & after.keys():  # what they refer to may differ
            yield from self.schema(before[form], after[form], at)

    def form(self, old: Document, new: Document, at: str) -> Iterator[Change]:
        """Compare two schemas that are no choice between several."""
        if (change := self._type(old.get("type"), new.get("type"), at)) is not None:
            yield change
            if change.effect is ContractEffect.BREAKING:
                return
        for keyword in sorted((old.keys() | new.keys()) - _COMPARED | {"$ref"}):
            was, is_ = old.get(keyword, ABSENT), new.get(keyword, ABSENT)
            if whole(was, self.old_parts) != whole(is_, self.new_parts):
                yield self._unclear(keyword, was, is_, at)
        yield from self._first_items(old, new, at)
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

    def _first_items(self, old: Document, new: Document, at: str) -> Iterator[Change]:
        was, is_ = old.get("prefixItems", []), new.get("prefixItems", [])
        if len(was) != len(is_):
            yield self._unclear("prefixItems", was, is_, at)
            return
        for before, after in zip(was, is_, strict=True):
            yield from self.schema(before, after, f"{at}/*")

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
        for name in (needs - needed) - before.keys() - after.keys():
            yield self._breaking(
                f"{at}/{name}", "变为必填", "becomes required: events lack it"
            )
        for name in (needed - needs) - before.keys():
            yield self._breaking(
                f"{at}/{name}",
                "不再必填，依赖它的读者可能读不到",
                "is no longer required: whoever relies on it may find nothing",
            )
        others = old.get("additionalProperties", True)
        for name in after.keys() - before.keys():
            where = f"{at}/{name}"
            if isinstance(others, dict):  # it was one of these
                yield from self.schema(others, after[name], where)
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
        # As text: 1 is not true.
        before, after = ({as_text(v): v for v in values} for values in (old, new))
        for value in (v for text, v in before.items() if text not in after):
            yield self._narrowed(
                at, f"代码 {value} 被删除", f"the code {value} is removed"
            )
        for value in (v for text, v in after.items() if text not in before):
            yield self._widened(at, f"新增代码 {value}", f"the code {value} is new")

    def _limits(self, old: Document, new: Document, at: str) -> Iterator[Change]:
        for limit in (*_FROM_BELOW, *_FROM_ABOVE, *_OTHER_LIMITS):
            before, after = old.get(limit, ABSENT), new.get(limit, ABSENT)
            if limit == RULES:
                # Codes in any order; those that stay refuse what they refused.
                rules = [{*(old.get(RULES) or ())}, {*(new.get(RULES) or ())}]
                kept = rules[0] & rules[1]
                before, after = (sorted(r - kept) or ABSENT for r in rules)
            if limit == "uniqueItems":  # false is as if it were not there
                before, after = before or ABSENT, after or ABSENT
            if as_text(before) == as_text(after):
                continue
            zh = f"{limit} 由 {as_text(before)} 变为 {as_text(after)}"
            en = f"{limit} changes from {as_text(before)} to {as_text(after)}"
            if after is ABSENT or _looser(limit, before, after):
                yield self._widened(at, zh, en)
            else:
                yield self._narrowed(at, zh, en)

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

    def _type(self, old: Any, new: Any, at: str) -> Change | None:
        zh = f"类型由 {as_text(old)} 变为 {as_text(new)}"
        en = f"the type changes from {as_text(old)} to {as_text(new)}"
        before, after = _types(old), _types(new)
        if before == after:
            return None
        return (self._widened if before < after else self._narrowed)(at, zh, en)

    def _unclear(self, keyword: str, was: Any, is_: Any, at: str) -> Change:
        return self._narrowed(
            at,
            f"{keyword} 由 {as_text(was)} 变为 {as_text(is_)}，无法判断其影响",
            f"{keyword} changes from {as_text(was)} to {as_text(is_)}, which is"
            " not understood",
        )

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


def _default(schema: Document) -> str:
    """Returns a default as text; null is as good as none."""
    default = schema.get("default")
    return as_text(ABSENT if default is None else default)


def _types(type_: Any) -> frozenset[str]:
    every = {"array", "boolean", "integer", "null", "number", "object", "string"}
    if type_ is None:
        return frozenset(every)
    named = {type_} if isinstance(type_, str) else {*type_}
    return frozenset(named | ({"integer"} if "number" in named else set()))


def _looser(limit: str, before: Any, after: Any) -> bool:
    """Returns whether a limit that changes refuses nothing that it let pass."""
    if any(type(one) not in {int, float} for one in (before, after)):
        return False
    if limit == "multipleOf":
        return bool(before % after == 0)
    if limit in _FROM_BELOW:
        return bool(after < before)
    return limit in _FROM_ABOVE and bool(after > before)
