"""A real Apache Kafka on this machine, for whoever has set none.

One KRaft node on loopback, from pinned jars on the Java that is found. It is
what the demo, ``twincity up`` and the tests run on when ``TWINCITY_KAFKA`` is
not set; a deployment brings its own cluster.

``jars`` fetches and checks, ``java`` finds, ``kafka`` starts and stops.
"""

from services.embedded.kafka import EmbeddedKafka

__all__ = ["EmbeddedKafka"]
