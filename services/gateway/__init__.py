"""Gateway: the HTTP edge, one per party with that party's own Kafka credentials.

Consumes  receipts of its party, trusted statements, records.
Decides   nothing: admission does. It passes bytes on, and waits for the receipt.
Emits     what is posted, byte for byte, into its party's inbox.

::

    app          the routes; every failure is a problem (RFC 9457), zh and en
    opening      an HTTP message becomes the messages of an inbox, or is refused
    statements   POST: into the inbox, then the receipt
    asking       GET: records, subjects, receipts, traces, what is due, matches
    streaming    GET /events: what there is, then what comes; ``cursor``: from where
    view         what the topics hold, read committed; ``rows``: one event of it
    following    reads the topics into the view and tells whoever waits
    sending      the producer
    serving      the process
"""
