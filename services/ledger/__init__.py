"""Ledger: what was said and what was derived, kept where it can be asked.

Consumes  twincity.<kind>.statements, twincity.receipts.<party>,
          twincity.<domain>.records, twincity.{matching,appraisal}.records: all that
          was said and derived, the candidates of matching apart.
Decides   nothing; it remembers.
Emits     rows into PostgreSQL or SQLite, and the offsets in the same database
          transaction, so that each event stands there once; to Kafka nothing but
          dead letters, of what the database refuses.
"""
