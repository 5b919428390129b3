"""Gateway: the HTTP edge, one per party with that party's own Kafka credentials.

Consumes  twincity.receipts.<party> of its party; twincity.<kind>.statements;
          twincity.<domain>.records, twincity.{matching,appraisal}.records,
          twincity.matching.candidates.
Decides   nothing: admission does. It passes bytes on, and waits for the receipt.
Emits     twincity.inbox.<party>: what is posted, byte for byte, into its party's.

::

    app          the routes; every failure is a problem (RFC 9457), zh and en
    opening      an HTTP message becomes the messages of an inbox, or is refused
    statements   POST: into the inbox, then the receipt
    asking       GET: records, subjects, receipts, traces, what is due, matches
    pages        /pages: HTML for people
    sessions     who has signed in there, and may do what; ``people``: by a password
    streaming    GET /events: what there is, then what comes; ``cursor``: from where
    view         what the topics hold, read committed; ``rows``: one event of it
    following    reads the topics into the view and tells whoever waits
    sending      the producer
    service      the process: what it reads and writes, and its end
"""
