"""Notifier: what a party has to know reaches it without a Kafka client.

Consumes  twincity.receipts.<party> of the parties that named an address;
          twincity.<domain>.records, twincity.{matching,appraisal}.records.
Decides   which of it a party is told: rejected, without effect, waiting, doubtful;
          falling due, overdue, silent.
Emits     signed webhooks and mail, at least once; nothing into Kafka.

::

    addresses    who is told what, where: the file TWINCITY_NOTIFY
    addressfile  the same while it runs: a change of the file is taken in
    telling      from an event, or from what is open on a day, to what is told; pure
    store        positions, what is open, what is to be delivered, and what never was
    delivering   one message into a webhook or a mail server
    service      the process: what it reads, and its end
"""
