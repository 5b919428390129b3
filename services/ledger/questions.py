"""The questions to the ledger's tables, in SQL of either database."""

from typing import Any

from sqlalchemy import CompoundSelect, Select, and_, func, literal, select, union_all

from services.ledger.answers import Traced
from services.ledger.domain import EntryKind, storable
from services.ledger.tables import EVENT, RECEIPT
from twincity_schemas.receipt import Verdict


def trace(subject: str) -> CompoundSelect[Any]:
    """Asks for everything about a subject: statements, receipts, records."""
    line = (
        select(
            *(EVENT.c[name] for name in Traced.__slots__ if name in EVENT.c),
            RECEIPT.c.source.label("statement_source"),
            RECEIPT.c.verdict,
            RECEIPT.c.problems,
        )
        .select_from(EVENT)
        .outerjoin(
            RECEIPT,
            and_(
                RECEIPT.c.topic == EVENT.c.topic,
                RECEIPT.c.partition == EVENT.c.partition,
                RECEIPT.c.offset == EVENT.c.offset,
            ),
        )
    )
    # Two questions with an index each, rather than one OR with none. A receipt's
    # own subject is its message's place in the inbox.
    sought = storable(subject)
    return union_all(
        line.where(EVENT.c.subject == sought),
        line.where(RECEIPT.c.subject == sought, EVENT.c.subject != sought),
    )


def receipts(subject: str) -> Select[Any]:
    """Asks for the receipts of a subject's statements, in the inboxes' order."""
    inbox = (RECEIPT.c.inbox_topic, RECEIPT.c.inbox_partition)
    return (
        select(
            RECEIPT.c.inbox_topic.label("topic"),
            RECEIPT.c.inbox_partition.label("partition"),
            RECEIPT.c.inbox_offset.label("offset"),
            RECEIPT.c.verdict,
            RECEIPT.c.statement,
            RECEIPT.c.source,
            RECEIPT.c.problems,
            RECEIPT.c.warnings,
        )
        .where(RECEIPT.c.subject == storable(subject))
        .order_by(*inbox, RECEIPT.c.inbox_offset)
    )


def unmatched() -> Select[Any]:
    """Asks for statements and accepting receipts that do not stand one to one."""
    sides = union_all(
        select(
            EVENT.c.source,
            EVENT.c.id,
            literal(1).label("statements"),
            literal(0).label("receipts"),
        ).where(EVENT.c.kind == EntryKind.STATEMENT.value),
        select(
            RECEIPT.c.source,
            RECEIPT.c.statement,
            literal(0),
            RECEIPT.c.copies,
        ).where(RECEIPT.c.verdict == Verdict.ACCEPTED.value),
    ).subquery()
    statements, receipts = func.sum(sides.c.statements), func.sum(sides.c.receipts)
    return (
        select(sides.c.source, sides.c.id, statements, receipts)
        .group_by(sides.c.source, sides.c.id)
        .having((statements != 1) | (receipts != 1))
        .order_by(sides.c.source, sides.c.id)
    )
