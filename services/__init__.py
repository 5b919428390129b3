"""TwinCity's services: each speaks through topics alone.

::

    inbox → admission → coordination → domain records ┐
                      └→ matching    → pairings       ├→ ledger → database
                                        receipts      ┘
"""
