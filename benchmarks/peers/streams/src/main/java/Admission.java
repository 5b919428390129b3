import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;

/** The gate of one inbox: schema, authority, duplicates; passed on, with a receipt. */
final class Admission implements Processor<byte[], byte[], byte[], byte[]> {
  private static final JsonMapper STRICT = JsonMapper.builder()
      .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
      .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
      .disable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
      .build();
  private static final int LARGEST = 65_536;

  private final String party;
  private final String store;
  private final String statements;
  private final String receipts;
  private ProcessorContext<byte[], byte[]> context;
  private KeyValueStore<String, String> admitted;

  Admission(String party, String store, String statements, String receipts) {
    this.party = party;
    this.store = store;
    this.statements = statements;
    this.receipts = receipts;
  }

  @Override
  public void init(ProcessorContext<byte[], byte[]> context) {
    this.context = context;
    admitted = context.getStateStore(store);
  }

  @Override
  public void process(Record<byte[], byte[]> message) {
    List<Contract.Problem> problems = new ArrayList<>();
    Map<String, String> envelope = Contract.envelope(message.headers(), problems);
    JsonNode data = data(message.value(), envelope.get("type"), problems);
    authority(envelope, problems);
    long arrival = arrival(message.timestamp());
    String verdict = "rejected";
    if (problems.isEmpty()) {
      String key = envelope.get("source") + " " + envelope.get("id");
      ArrayNode said = Wire.JSON.createArrayNode().add(envelope.get("type")).add(envelope.get("subject")).add(data);
      String content = Wire.sha256(Wire.canonical(said)).substring(0, 32);
      String before = admitted.get(key);
      if (before == null) {
        verdict = "accepted";
        admitted.put(key, content);
        envelope.put("recordedtime", Wire.recorded(arrival));
        context.forward(
            new Record<>(Wire.utf8(envelope.get("subject")), message.value(), message.timestamp(), Wire.headers(envelope)), statements);
      } else if (before.equals(content)) {
        verdict = "duplicate";
      } else {
        problems.add(new Contract.Problem("ce_id", "id_reused", "该编号已用于内容不同的陈述", "this id was already used for a statement with other content"));
      }
    }
    if (data != null && envelope.get("type").equals(Contract.REPORTED) && Contract.doubtful(data)) throw Contract.beyond("a doubt");
    receipt(message, envelope, verdict, problems, arrival);
  }

  private static JsonNode data(byte[] value, String type, List<Contract.Problem> problems) {
    if (value == null || value.length > LARGEST) {
      problems.add(new Contract.Problem("", "too_large", "内容缺失或过大", "is absent or too large"));
      return null;
    }
    JsonNode data;
    try {
      data = STRICT.readTree(value);
    } catch (java.io.IOException wrong) {
      problems.add(new Contract.Problem("", "json_invalid", "不是有效的 JSON", "is not valid JSON"));
      return null;
    }
    if (!data.isObject()) problems.add(new Contract.Problem("", "model_type", "应为 JSON 对象", "must be a JSON object"));
    else if (Contract.DESCRIBED.equals(type)) Contract.described(data, problems);
    else if (Contract.REPORTED.equals(type)) Contract.reported(data, problems);
    else problems.add(new Contract.Problem("ce_type", "unknown_type", "不认识的事件类型", "is not a known event type"));
    return data;
  }

  private void authority(Map<String, String> envelope, List<Contract.Problem> problems) {
    Contract.Subject subject = Contract.subject(envelope.getOrDefault("subject", ""));
    if (subject == null) {
      problems.add(new Contract.Problem("ce_subject", "subject_shape", "事项标识格式不符", "must be kind/party.party/name"));
      return;
    }
    if (!subject.kind().equals("project"))
      problems.add(new Contract.Problem("ce_subject", "subject_kind", "事项种类不符", "speaks about project/…"));
    for (String member : subject.members())
      if (!Contract.PARTIES.contains(member))
        problems.add(new Contract.Problem("ce_subject", "unknown_party", "主体未登记", "is not in the registry of parties"));
    if (!subject.members().contains(party))
      problems.add(new Contract.Problem("ce_subject", "not_a_member", "不是事项的成员", "is not a member"));
    if (!envelope.getOrDefault("source", "").split("/", 3)[1].equals(party))
      problems.add(new Contract.Problem("ce_source", "foreign_source", "来源不属于此收件箱", "does not belong to the inbox"));
    if (envelope.containsKey("recordedtime"))
      problems.add(new Contract.Problem("ce_recordedtime", "reserved_attribute", "该属性由系统写入", "the system states this attribute"));
  }

  /** When a message entered its inbox: no earlier than the one before it. */
  private long arrival(long stamped) {
    String clock = "recorded " + party, before = admitted.get(clock);
    long latest = before == null ? 0 : Long.parseLong(before);
    if (stamped > latest) admitted.put(clock, Long.toString(stamped));
    return Math.max(latest, stamped);
  }

  private void receipt(
      Record<byte[], byte[]> message, Map<String, String> envelope, String verdict, List<Contract.Problem> problems, long arrival) {
    var at = context.recordMetadata().orElseThrow();
    ObjectNode data = Wire.JSON.createObjectNode().put("verdict", verdict);
    for (String name : List.of("id", "source", "type", "subject"))
      if (envelope.containsKey(name)) data.put(name.equals("id") ? "statement" : name, envelope.get(name));
    ArrayNode listed = data.putArray("problems");
    for (Contract.Problem problem : problems)
      listed.addObject().put("pointer", problem.pointer()).put("code", problem.code()).put("zh", problem.zh()).put("en", problem.en());
    data.putArray("warnings");
    data.putObject("position").put("topic", at.topic()).put("partition", at.partition()).put("offset", at.offset());
    data.put("content", "sha256:" + Wire.sha256(message.value() == null ? new byte[0] : message.value()));
    data.put("recordedtime", Wire.recorded(arrival));
    String id = envelope.getOrDefault("id", "");
    Map<String, String> told = new LinkedHashMap<>();
    told.put("specversion", "1.0");
    told.put("id", Wire.derivedId("admission", at.topic(), at.partition(), at.offset()));
    told.put("source", "/twincity/admission");
    told.put("type", "twincity.receipt.issued.v1");
    told.put("subject", "inbox/" + party + "/" + at.offset());
    told.put("time", Wire.stated(arrival));
    told.put("correlationid", envelope.getOrDefault("correlationid", id));
    told.put("causationid", id);
    told.put("recordedtime", Wire.recorded(arrival));
    context.forward(new Record<>(Wire.utf8(id), Wire.write(data), message.timestamp(), Wire.headers(told)), receipts);
  }
}
