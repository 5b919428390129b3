"""Admission: the gate between what is said and what is trusted.

Consumes  twincity.inbox.<party>: every party's messages, in the inbox's order.
Decides   whether a message keeps the contract, comes from who may say it, and
          was not said before.
Emits     twincity.<kind>.statements: what was accepted, by its subject;
          twincity.receipts.<party>: for every message exactly one receipt.issued.
"""
