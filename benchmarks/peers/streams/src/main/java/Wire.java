import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HexFormat;
import java.util.Map;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;

/** The wire format: CloudEvents in binary mode, canonical JSON, ids and digests. */
final class Wire {
  static final JsonMapper JSON = new JsonMapper();
  private static final ObjectWriter SORTED = JSON.writer().with(JsonNodeFeature.WRITE_PROPERTIES_SORTED);
  private static final BigInteger MODULUS = BigInteger.ONE.shiftLeft(256);
  private static final byte[] NAMESPACE =
      HexFormat.of().parseHex(uuid5(HexFormat.of().parseHex("6ba7b8119dad11d180b400c04fd430c8"), "urn:twincity:derived").replace("-", ""));
  private static final DateTimeFormatter SECONDS = DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss").withZone(ZoneOffset.UTC);
  private static final DateTimeFormatter MILLIS = DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS").withZone(ZoneOffset.UTC);

  private Wire() {}

  static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  static byte[] write(JsonNode node) {
    try {
      return JSON.writeValueAsBytes(node);
    } catch (JsonProcessingException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  static JsonNode read(byte[] json) {
    try {
      return JSON.readTree(json);
    } catch (java.io.IOException broken) {
      throw new IllegalStateException(broken);
    }
  }

  /** One spelling for one content: keys sorted, no white space. */
  static byte[] canonical(JsonNode node) {
    try {
      return SORTED.writeValueAsBytes(node);
    } catch (JsonProcessingException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  static String sha256(byte[]... parts) {
    return HexFormat.of().formatHex(hash("SHA-256", parts));
  }

  private static byte[] hash(String algorithm, byte[]... parts) {
    try {
      MessageDigest digest = MessageDigest.getInstance(algorithm);
      for (byte[] part : parts) digest.update(part);
      return digest.digest();
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  /** A digest of a set after one member came and another went; either may be null. */
  static String added(String digest, String came, String went) {
    BigInteger sum = digest.isEmpty() ? BigInteger.ZERO : new BigInteger(digest, 16);
    if (came != null) sum = sum.add(new BigInteger(came, 16));
    if (went != null) sum = sum.subtract(new BigInteger(went, 16));
    return String.format("%064x", sum.mod(MODULUS));
  }

  static String derivedId(Object... parts) {
    StringBuilder name = new StringBuilder();
    for (Object part : parts) name.append(name.isEmpty() ? "" : "\u001f").append(part);
    return uuid5(NAMESPACE, name.toString());
  }

  private static String uuid5(byte[] namespace, String name) {
    byte[] hash = hash("SHA-1", namespace, utf8(name));
    hash[6] = (byte) (hash[6] & 0x0f | 0x50);
    hash[8] = (byte) (hash[8] & 0x3f | 0x80);
    ByteBuffer both = ByteBuffer.wrap(hash);
    return new java.util.UUID(both.getLong(), both.getLong()).toString();
  }

  /** As the contract writes {@code recordedtime}. */
  static String recorded(long milliseconds) {
    return MILLIS.format(Instant.ofEpochMilli(milliseconds)) + "Z";
  }

  /** As the contract writes a {@code time} that a service states. */
  static String stated(long milliseconds) {
    Instant moment = Instant.ofEpochMilli(milliseconds);
    return milliseconds % 1000 == 0 ? SECONDS.format(moment) + "+00:00" : MILLIS.format(moment) + "000+00:00";
  }

  static Headers headers(Map<String, String> attributes) {
    Headers headers = new RecordHeaders();
    attributes.forEach((name, text) -> headers.add("ce_" + name, utf8(text)));
    return headers.add("content-type", utf8("application/json"));
  }
}
