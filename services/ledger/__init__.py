"""Ledger: what was said and what was derived, kept where it can be asked.

Consumes  the trusted statements, the receipts and every record topic.
Decides   nothing; it remembers.
Emits     nothing to Kafka: rows into PostgreSQL or SQLite, and the offsets in
          the same database transaction, so that each event stands there once.
"""
