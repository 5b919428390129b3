"""Ledger: what was said and what was derived, kept where it can be asked.

Consumes  the trusted statements, the receipts, every record topic and what
          operators do.
Decides   nothing; it remembers.
Emits     rows into PostgreSQL or SQLite, and the offsets in the same database
          transaction, so that each event stands there once; to Kafka nothing but
          dead letters, of what the database refuses.
"""
