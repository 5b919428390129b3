"""Everything on this machine: a real Kafka, the services, their log lines.

What the demo, ``twincity up`` and the tests run on. Where ``TWINCITY_KAFKA`` is set,
that cluster is used; else one KRaft node is started on loopback, from pinned jars on
the Java that is found. A deployment brings its own cluster and its own supervisor.

::

    jars         fetches Kafka's jars and checks them     pinning  writes their pins
    java         finds a Java, or what PyPI has
    kafka        starts and stops the node
    supervisor   every service as a process; one that dies is started again
    logbook      keeps what the services write
    stack        all of it together
"""

from services.local.kafka import EmbeddedKafka

__all__ = ["EmbeddedKafka"]
