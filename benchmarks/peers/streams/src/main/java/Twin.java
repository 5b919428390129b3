import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.Serializer;
import org.apache.kafka.common.utils.Utils;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.apache.kafka.streams.processor.StreamPartitioner;
import org.apache.kafka.streams.state.Stores;

/**
 * The peer: admission and coordination as one Kafka Streams application, exactly once, its state in
 * memory with a changelog.
 */
public final class Twin {
  private Twin() {}

  /** Runs until it is killed: {@code Twin <commit interval in ms>}. */
  public static void main(String[] arguments) {
    String prefix = System.getenv("TWINCITY_PREFIX");
    Properties settings = new Properties();
    settings.put(StreamsConfig.APPLICATION_ID_CONFIG, prefix + "twin");
    settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, System.getenv("TWINCITY_KAFKA"));
    settings.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
    settings.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, arguments[0]);
    settings.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, 2);
    settings.put(StreamsConfig.STATE_DIR_CONFIG, System.getenv("STATE"));
    settings.put(StreamsConfig.REPLICATION_FACTOR_CONFIG, 1);
    settings.put("auto.offset.reset", "earliest");
    settings.put("producer.batch.size", 262_144);
    settings.put("consumer.max.poll.records", 500);
    settings.put("consumer.fetch.max.wait.ms", 100);
    KafkaStreams streams = new KafkaStreams(topology(prefix), settings);
    streams.setUncaughtExceptionHandler(error -> {
      error.printStackTrace();
      return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
    });
    Runtime.getRuntime().addShutdownHook(new Thread(() -> streams.close(Duration.ofSeconds(10))));
    streams.start();
  }

  private static Topology topology(String prefix) {
    Topology topology = new Topology();
    Serde<String> text = Serdes.String();
    Serde<byte[]> bytes = Serdes.ByteArray();
    Serializer<byte[]> write = bytes.serializer();
    Deserializer<byte[]> read = bytes.deserializer();
    for (String party : Contract.PARTIES) {
      String gate = "admission-" + party, statements = "statements-" + party, receipts = "receipts-" + party;
      topology
          .addSource("inbox-" + party, read, read, prefix + "twincity.inbox." + party)
          .addProcessor(gate, () -> new Admission(party, "admitted-" + party, statements, receipts), "inbox-" + party)
          .addStateStore(Stores.keyValueStoreBuilder(Stores.inMemoryKeyValueStore("admitted-" + party), text, text), gate)
          .addSink(statements, prefix + "twincity.project.statements", write, write, gate)
          .addSink(receipts, prefix + "twincity.receipts." + party, write, write, gate);
    }
    topology
        .addSource("statements", read, read, prefix + "twincity.project.statements")
        .addProcessor("coordination", () -> new Coordination("states"), "statements")
        .addStateStore(Stores.keyValueStoreBuilder(Stores.inMemoryKeyValueStore("states"), text, bytes), "coordination");
    for (String domain : Contract.DOMAINS)
      topology.addSink("records-" + domain, prefix + "twincity." + domain + ".records", write, write, new BySubject(), "coordination");
    return topology;
  }

  /** A subject's records lie together: by what stands before the part. */
  private static final class BySubject implements StreamPartitioner<byte[], byte[]> {
    @Override
    public Optional<Set<Integer>> partitions(String topic, byte[] key, byte[] value, int partitions) {
      String subject = new String(key, StandardCharsets.UTF_8).split("#", 2)[0];
      return Optional.of(Set.of(Utils.toPositive(Utils.murmur2(Wire.utf8(subject))) % partitions));
    }
  }
}
