import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;

/**
 * What the members of a project said, as records: its header, and beside it each month.
 *
 * <p>Of a project three kinds of values are kept: {@code <subject>}, what was told of it and its
 * counts; {@code <subject>#said}, the members' descriptions; {@code <subject>#progress/2026-09},
 * a month's reports. A statement writes what it changes.
 */
final class Coordination implements Processor<byte[], byte[], byte[], byte[]> {
  private static final int LOOK_BACK = 12;
  private static final BigDecimal HUNDRED = BigDecimal.valueOf(100);

  private final String store;
  private ProcessorContext<byte[], byte[]> context;
  private KeyValueStore<String, byte[]> states;

  Coordination(String store) {
    this.store = store;
  }

  @Override
  public void init(ProcessorContext<byte[], byte[]> context) {
    this.context = context;
    states = context.getStateStore(store);
  }

  private ObjectNode state(String key) {
    byte[] kept = states.get(key);
    return kept == null ? Wire.JSON.createObjectNode() : (ObjectNode) Wire.read(kept);
  }

  private static String month(String subject, int months) {
    return String.format("%s#progress/%04d-%02d", subject, Math.floorDiv(months, 12), Math.floorMod(months, 12) + 1);
  }

  @Override
  public void process(Record<byte[], byte[]> message) {
    Map<String, String> cause = new LinkedHashMap<>();
    for (Header header : message.headers()) if (header.key().startsWith("ce_")) cause.put(header.key().substring(3), new String(header.value(), java.nio.charset.StandardCharsets.UTF_8));
    String subject = cause.get("subject"), party = cause.get("source").split("/", 3)[1];
    JsonNode data = Wire.read(message.value());
    ObjectNode project = state(subject), said = state(subject + "#said");
    project.put("statements", project.path("statements").asInt() + 1);
    String said1 = Wire.sha256(Wire.utf8(cause.get("source") + " " + cause.get("id")));
    project.put("statements_digest", Wire.added(project.path("statements_digest").asText(), said1, null));
    Set<String> due = new TreeSet<>();
    if (cause.get("type").equals(Contract.DESCRIBED)) {
      describe(said, party, data, cause);
      states.put(subject + "#said", Wire.write(said));
      try (var months = states.range(subject + "#progress/", subject + "#progress0")) {
        months.forEachRemaining(one -> due.add(one.key));
      }
    } else {
      int at = data.get("year").intValue() * 12 + data.get("through_month").intValue() - 1;
      report(month(subject, at), party, data, cause.get("id"));
      due.add(month(subject, at));
      for (int later = at + 1; later <= at + LOOK_BACK; later++)
        if (states.get(month(subject, later)) != null) due.add(month(subject, later));
    }
    List<String> members = Contract.subject(subject).members();
    String domain = said.isEmpty() ? null : eldest(said, members).get("content").get("domain").textValue();
    if (domain != null) {
      if (project.has("domain") && !project.get("domain").textValue().equals(domain)) throw Contract.beyond("a move to another topic");
      if (!project.has("domain")) {
        try (var months = states.range(subject + "#progress/", subject + "#progress0")) {
          months.forEachRemaining(one -> due.add(one.key));
        }
      }
      project.put("domain", domain);
      for (String node : due) tellMonth(node, subject, members, said, project, domain, cause, message.timestamp());
      byte[] record = Wire.write(header(subject, members, said, project));
      String digest = Wire.sha256(Wire.utf8("\n"), record);
      if (!digest.equals(project.path("told").asText())) {
        project.put("told", digest);
        publish(domain, subject, "", "twincity.project.recorded.v1", record, cause, message.timestamp());
      }
    }
    states.put(subject, Wire.write(project));
  }

  // --- taking in ---------------------------------------------------------------------------------

  private static void describe(ObjectNode said, String party, JsonNode data, Map<String, String> cause) {
    JsonNode before = said.get(party);
    String digest = "sha256:" + Wire.sha256(Wire.canonical(data));
    int version = 1;
    if (before != null) {
      boolean changed = !before.get("digest").textValue().equals(digest);
      if (changed && before.get("content").get("as_of").equals(data.get("as_of"))) throw Contract.beyond("a correction");
      version = before.get("version").intValue() + (changed ? 1 : 0);
    }
    JsonNode described = before == null ? null : before.get("described");
    ObjectNode view = said.putObject(party);
    if (described == null) view.put("described", cause.get("recordedtime"));
    else view.set("described", described);
    view.put("statement", cause.get("id")).put("digest", digest).put("version", version).set("content", data);
  }

  private void report(String node, String party, JsonNode data, String statement) {
    ObjectNode month = state(node);
    ObjectNode by = month.withObject("/by");
    JsonNode before = by.get(party);
    if (before != null && !before.get("content").equals(data)) throw Contract.beyond("a correction");
    ObjectNode view = Wire.JSON.createObjectNode().put("statement", statement).put("version", 1);
    view.set("content", data);
    by.set(party, view);
    states.put(node, Wire.write(month));
  }

  // --- deriving the header -----------------------------------------------------------------------

  private static JsonNode eldest(ObjectNode said, List<String> members) {
    JsonNode first = null;
    for (String party : members) {
      JsonNode view = said.get(party);
      if (view != null && (first == null || view.get("described").textValue().compareTo(first.get("described").textValue()) < 0)) first = view;
    }
    return first;
  }

  private static ObjectNode header(String subject, List<String> members, ObjectNode said, ObjectNode project) {
    Map<String, Map<String, JsonNode>> spoken = new TreeMap<>();
    ObjectNode stances = Wire.JSON.createObjectNode();
    for (String party : members) {
      JsonNode view = said.get(party);
      ObjectNode stance = stances.putObject(party).put("stance", view == null ? "silent" : "described");
      if (view != null) {
        stance.put("description", view.get("digest").textValue()).put("of", party).put("version", view.get("version").intValue());
        view.get("content").fields().forEachRemaining(field -> {
          if (!field.getKey().equals("as_of") && !field.getKey().equals("source") && !(field.getValue().isArray() && field.getValue().isEmpty()))
            spoken.computeIfAbsent(field.getKey(), name -> new LinkedHashMap<>()).put(party, field.getValue());
        });
      }
      stance.putArray("doubts");
    }
    ObjectNode fields = Wire.JSON.createObjectNode();
    boolean disputed = false, settled = true;
    for (var field : spoken.entrySet()) {
      ObjectNode told = fields.putObject(field.getKey());
      String state = joint(field.getKey(), field.getValue(), told);
      disputed |= state.equals("disputed");
      settled &= field.getValue().size() == said.size() && (state.equals("settled") || said.size() == 1);
      ObjectNode by = told.putObject("by");
      field.getValue().forEach((party, value) -> {
        JsonNode content = said.get(party).get("content");
        ObjectNode paper = by.putObject(party);
        paper.set("value", value);
        paper.set("as_of", value.path("as_of").isTextual() ? value.get("as_of") : content.get("as_of"));
        paper.set("source", value.path("source").isTextual() ? value.get("source") : content.get("source"));
        paper.set("statement", said.get(party).get("statement"));
      });
    }
    String agreement = disputed ? "disputed" : said.size() == members.size() && settled ? "agreed" : said.size() == 1 ? "single" : "compatible";
    JsonNode first = eldest(said, members).get("content");
    ObjectNode record = Wire.JSON.createObjectNode().put("subject", subject).put("agreement", agreement);
    for (String name : List.of("domain", "name", "item_class")) record.set(name, first.get(name));
    record.set("members", stances);
    record.set("fields", fields);
    record.putArray("awaiting");
    ArrayNode unowned = record.putArray("unowned");
    members.forEach(unowned::add);
    ObjectNode parts = record.putObject("parts");
    if (project.path("months").asInt() > 0)
      parts.putObject("progress").put("count", project.get("months").intValue()).put("digest", "sha256:" + project.get("months_digest").textValue());
    record.put("open_parts", 0).putArray("open");
    record.put("statements", project.get("statements").intValue()).put("statements_digest", "sha256:" + project.get("statements_digest").textValue());
    record.putArray("no_effect");
    return record;
  }

  private static String joint(String name, Map<String, JsonNode> values, ObjectNode told) {
    JsonNode first = values.values().iterator().next();
    String state = "single";
    if (values.size() > 1 && name.equals("regions")) {
      Set<JsonNode> union = new LinkedHashSet<>();
      List<Set<JsonNode>> sets = new ArrayList<>();
      for (JsonNode value : values.values()) {
        Set<JsonNode> codes = new LinkedHashSet<>();
        value.forEach(codes::add);
        sets.add(codes);
        union.addAll(codes);
      }
      boolean same = new LinkedHashSet<>(sets).size() == 1;
      if (same || sets.stream().mapToInt(Set::size).sum() == union.size()) state = "settled";
      first = Wire.JSON.createArrayNode().addAll(union);
    } else if (values.size() > 1) {
      Set<Object> compared = new LinkedHashSet<>();
      values.values().forEach(value -> compared.add(compared(value)));
      state = compared.size() > 1 ? "disputed" : "settled";
    }
    told.put("state", state);
    if (!state.equals("disputed")) told.set("value", first);
    return state;
  }

  /** What two parties have to agree on: the figure, not the paper it is from. */
  private static Object compared(JsonNode value) {
    if (value.isObject()) return List.of(new BigDecimal(value.get("amount").textValue()).stripTrailingZeros(), value.path("basis"));
    return String.join(" ", Normalizer.normalize(value.textValue(), Normalizer.Form.NFKC).strip().split("\\s+"));
  }

  // --- deriving a month --------------------------------------------------------------------------

  private void tellMonth(
      String node, String subject, List<String> members, ObjectNode said, ObjectNode project, String domain, Map<String, String> cause, long timestamp) {
    ObjectNode month = state(node);
    String part = node.substring(subject.length() + 1);
    byte[] record = Wire.write(progress(subject, part, members, said, month));
    String digest = Wire.sha256(Wire.utf8(part + "\n"), record), before = month.path("told").asText(null);
    if (digest.equals(before)) return;
    month.put("told", digest);
    states.put(node, Wire.write(month));
    project.put("months", project.path("months").asInt() + (before == null ? 1 : 0));
    project.put("months_digest", Wire.added(project.path("months_digest").asText(), digest, before));
    publish(domain, subject, part, "twincity.progress.recorded.v1", record, cause, timestamp);
  }

  private ObjectNode progress(String subject, String part, List<String> members, ObjectNode said, ObjectNode month) {
    JsonNode reports = month.get("by"), sample = reports.elements().next().get("content");
    int year = sample.get("year").intValue(), through = sample.get("through_month").intValue();
    BigDecimal[] sum = {BigDecimal.ZERO, BigDecimal.ZERO, BigDecimal.ZERO};
    ObjectNode by = Wire.JSON.createObjectNode();
    List<String> missing = new ArrayList<>();
    BigDecimal least = null;
    for (String party : members) {
      JsonNode report = reports.get(party);
      if (report == null) {
        missing.add(party);
        continue;
      }
      JsonNode content = report.get("content");
      if (!content.get("scope").textValue().equals("own-section")) throw Contract.beyond("figures of the whole");
      BigDecimal plan = Contract.number(content, "annual_plan"), invested = Contract.number(content, "annual_investment"), cumulative = Contract.number(content, "cumulative_investment");
      if (Contract.doubtful(content) || doubtful(subject, party, said, year * 12 + through - 1, content)) throw Contract.beyond("a doubt");
      sum[0] = sum[0].add(plan);
      sum[1] = sum[1].add(invested);
      sum[2] = sum[2].add(cumulative);
      ObjectNode shown = by.putObject(party).put("scope", "own-section").put("annual_plan", plain(plan)).put("annual_investment", plain(invested)).put("cumulative_investment", plain(cumulative));
      if (content.has("completion_rate")) shown.put("reported_rate", plain(Contract.number(content, "completion_rate")));
      BigDecimal lead = rates(shown, plan, invested, through);
      if (lead != null && (least == null || lead.compareTo(least) < 0)) least = lead;
      if (content.has("physical_progress")) shown.set("physical_progress", content.get("physical_progress"));
      shown.set("as_of", content.get("as_of"));
      shown.set("source", content.get("source"));
      shown.set("statement", report.get("statement"));
      shown.put("version", report.get("version").intValue()).putArray("sections");
      shown.putArray("doubts");
    }
    boolean complete = missing.isEmpty();
    ObjectNode record = Wire.JSON.createObjectNode().put("subject", subject).put("part", part).put("year", year).put("through_month", through);
    record.put("state", complete ? "settled" : "single");
    if (complete) {
      ObjectNode joint = record.putObject("joint").put("annual_plan", plain(sum[0])).put("annual_investment", plain(sum[1])).put("cumulative_investment", plain(sum[2]));
      least = rates(joint, sum[0], sum[1], through);
      joint.put("doubtful", false);
    }
    if (!complete) record.put("light", "red");
    else if (least != null) record.put("light", least.signum() >= 0 ? "green" : least.compareTo(BigDecimal.TEN.negate()) >= 0 ? "yellow" : "red");
    record.put("light_rule", "lights@1");
    ArrayNode silent = record.putArray("missing");
    missing.forEach(silent::add);
    record.putArray("left");
    record.put("suspended", false).putArray("doubts");
    record.set("by", by);
    return record;
  }

  /** Whether a report does not follow on the party's last one, or exceeds the total. */
  private boolean doubtful(String subject, String party, ObjectNode said, int at, JsonNode now) {
    BigDecimal cumulative = Contract.number(now, "cumulative_investment"), invested = Contract.number(now, "annual_investment");
    Set<BigDecimal> totals = new LinkedHashSet<>();
    said.elements().forEachRemaining(view -> {
      JsonNode total = view.get("content").path("total_investment");
      if (total.has("amount")) totals.add(Contract.number(total, "amount").stripTrailingZeros());
    });
    if (totals.size() == 1 && cumulative.compareTo(totals.iterator().next()) > 0) return true;
    for (int back = at - 1; back >= at - LOOK_BACK; back--) {
      JsonNode last = state(month(subject, back)).path("by").path(party).path("content");
      if (!last.has("scope") || !last.get("scope").equals(now.get("scope"))) continue;
      BigDecimal lastCumulative = Contract.number(last, "cumulative_investment");
      if (cumulative.compareTo(lastCumulative) < 0 || Contract.slip(cumulative, lastCumulative)) return true;
      if (!last.get("year").equals(now.get("year"))) return false;
      return invested.compareTo(Contract.number(last, "annual_investment")) < 0
          || Contract.slip(Contract.number(now, "annual_plan"), Contract.number(last, "annual_plan"));
    }
    return false;
  }

  private static BigDecimal rates(ObjectNode shown, BigDecimal plan, BigDecimal invested, int month) {
    if (plan.signum() == 0) return null;
    BigDecimal rate = invested.multiply(HUNDRED).divide(plan, MathContext.DECIMAL128);
    BigDecimal lead = rate.subtract(BigDecimal.valueOf(month * 100L).divide(BigDecimal.valueOf(12), MathContext.DECIMAL128)).setScale(2, RoundingMode.HALF_UP);
    shown.put("computed_rate", plain(rate.setScale(2, RoundingMode.HALF_UP))).put("lead", plain(lead));
    return lead;
  }

  private static String plain(BigDecimal figure) {
    return figure.signum() == 0 ? "0" : figure.stripTrailingZeros().toPlainString();
  }

  private void publish(String domain, String subject, String part, String type, byte[] record, Map<String, String> cause, long timestamp) {
    String key = part.isEmpty() ? subject : subject + "#" + part;
    Map<String, String> told = new LinkedHashMap<>();
    told.put("specversion", "1.0");
    told.put("id", Wire.derivedId("coordination", cause.get("source"), cause.get("id"), key));
    told.put("source", "/twincity/coordination");
    told.put("type", type);
    told.put("subject", subject);
    told.put("time", cause.get("time"));
    told.put("correlationid", cause.getOrDefault("correlationid", cause.get("id")));
    told.put("causationid", cause.get("id"));
    told.put("recordedtime", cause.get("recordedtime"));
    context.forward(new Record<>(Wire.utf8(key), record, timestamp, Wire.headers(told)), "records-" + domain);
  }
}
