"""Admission: the gate between what is said and what is trusted.

Consumes  every party's inbox, in the inbox's order.
Decides   whether a message keeps the contract, comes from who may say it, and
          was not said before.
Emits     the accepted statement on its aggregate's topic, and for every message
          exactly one receipt.issued.
"""
