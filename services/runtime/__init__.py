"""What is the same in every service.

The flow of one batch, module by module::

    service      composes broker and shards; starts and stops them
    transaction  one delivery of FastStream = one Kafka transaction
    delivery     record by record: decide, act; or a dead letter
    shard        fixed partitions, one transactional id, one memory
    feed         what is delivered next, from the shard's positions; or halts
    reading      several partitions, one's error its own; ``batches``: its bytes
    memory       values by key, changed and undone with the transaction
    outcomes     what a decision can ask for: Publish, Save

and beside it ``fitting``, ``failures``, ``watchdog``, ``settings``, ``logs``,
``errors``, ``topics``.
"""
