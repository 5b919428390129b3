import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.math.MathContext;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;

/** The contract of two types of statements: shapes, and what looks wrong in them. */
final class Contract {
  static final String DESCRIBED = "twincity.project.described.v1";
  static final String REPORTED = "twincity.progress.reported.v1";
  static final Set<String> PARTIES = Set.of("chengdu", "chongqing", "deyang", "meishan", "ziyang");
  static final Set<String> DOMAINS = Set.of("transport", "industry", "innovation", "city-services", "public-policy");
  private static final Set<String> CLASSES = Set.of("engineering", "platform", "reform", "policy-action");
  private static final Set<String> SCOPES = Set.of("whole", "own-section");
  private static final Set<String> BASES = Set.of("rough", "estimate", "feasibility", "budget");
  private static final Pattern SOURCE = Pattern.compile("^/[a-z][a-z-]*[a-z](/\\S{1,200})?$");
  private static final Pattern SUBJECT =
      Pattern.compile("^([a-z]+)/([a-z-]+(?:\\.[a-z-]+)*)/([a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?)$");
  private static final Pattern DATE = Pattern.compile("^[0-9]{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?$");
  private static final Pattern REGION = Pattern.compile("^[1-8][0-9]{5}$");
  private static final Pattern MONEY = Pattern.compile("^(0|[1-9][0-9]{0,17})(\\.[0-9]{1,6})?$");
  private static final Pattern NUMBER = Pattern.compile("^-?(0|[1-9][0-9]{0,17})(\\.[0-9]{1,6})?$");
  private static final Pattern VISIBLE = Pattern.compile("\\S");
  private static final Pattern CONTROL = Pattern.compile("[\\x00-\\x1f\\x7f-\\x9f]");

  record Problem(String pointer, String code, String zh, String en) {}

  record Subject(String kind, List<String> members) {}

  private Contract() {}

  /** What this peer was not written for; the benchmark's statements never come here. */
  static UnsupportedOperationException beyond(String what) {
    return new UnsupportedOperationException(what);
  }

  static Subject subject(String text) {
    var found = SUBJECT.matcher(text);
    if (!found.find()) return null;
    List<String> members = List.of(found.group(2).split("\\."));
    return List.copyOf(new TreeSet<>(members)).equals(members) ? new Subject(found.group(1), members) : null;
  }

  /** The attributes of a message, in the order of the contract. */
  static Map<String, String> envelope(Headers headers, List<Problem> problems) {
    Map<String, String> found = new LinkedHashMap<>();
    for (Header header : headers) {
      if (!header.key().startsWith("ce_")) continue;
      if (header.value() == null) {
        problems.add(new Problem(header.key(), "header_null", "消息头没有值", "the header has no value"));
        continue;
      }
      String text = new String(header.value(), StandardCharsets.UTF_8);
      if (CONTROL.matcher(text).find())
        problems.add(new Problem(header.key(), "control_character", "不得含有控制字符", "must not have control characters"));
      if (found.put(header.key().substring(3), text) != null)
        problems.add(new Problem(header.key(), "header_repeated", "消息头重复", "the header is repeated"));
    }
    for (String name : List.of("specversion", "id", "source", "type", "subject", "time"))
      if (!found.containsKey(name)) problems.add(new Problem("ce_" + name, "missing", "缺少该字段", "is missing"));
    for (String name : List.of("id", "type", "subject", "correlationid", "causationid")) {
      String text = found.get(name);
      if (text != null && (text.isEmpty() || text.length() > 256))
        problems.add(new Problem("ce_" + name, "string_too_long", "长度不符", "has another length"));
    }
    if (!"1.0".equals(found.get("specversion")))
      problems.add(new Problem("ce_specversion", "literal_error", "应为 1.0", "must be 1.0"));
    if (!SOURCE.matcher(found.getOrDefault("source", "")).find())
      problems.add(new Problem("ce_source", "string_pattern_mismatch", "格式不符", "has another shape"));
    try {
      OffsetDateTime.parse(found.getOrDefault("time", ""));
    } catch (DateTimeException wrong) {
      problems.add(new Problem("ce_time", "datetime", "应为带时区的时间", "must be a time with its zone"));
    }
    return found;
  }

  /** Looks at the fields of one object and collects every problem. */
  private static final class Check {
    private final List<Problem> problems;
    private final JsonNode object;
    private final String at;
    private final Set<String> known = new HashSet<>();

    Check(List<Problem> problems, JsonNode object, String at) {
      this.problems = problems;
      this.object = object;
      this.at = at;
    }

    private void wrong(String field, String code, String zh, String en) {
      problems.add(new Problem(at + "/" + field, code, zh, en));
    }

    private JsonNode take(String field, boolean required) {
      known.add(field);
      JsonNode found = object.get(field);
      if (found != null && !(found.isNull() && !required)) return found;
      if (required) wrong(field, "missing", "缺少该字段", "is missing");
      return null;
    }

    private String text(String field, boolean required) {
      JsonNode found = take(field, required);
      if (found == null) return null;
      if (!found.isTextual()) wrong(field, "string_type", "应为字符串", "must be a string");
      return found.textValue();
    }

    Check shape(String field, Pattern pattern, int most, boolean required) {
      String text = text(field, required);
      if (text != null && (text.codePointCount(0, text.length()) > most || !pattern.matcher(text).find()))
        wrong(field, "string_pattern_mismatch", "格式不符", "has another shape");
      return this;
    }

    Check line(String field, boolean required) {
      return shape(field, VISIBLE, 200, required);
    }

    Check paragraph(String field, boolean required) {
      return shape(field, VISIBLE, 4000, required);
    }

    Check money(String field, boolean required) {
      return shape(field, MONEY, 40, required);
    }

    Check date(String field, boolean required) {
      String text = text(field, required);
      if (text == null) return this;
      if (!DATE.matcher(text).find()) wrong(field, "string_pattern_mismatch", "格式不符", "has another shape");
      else if (text.length() == 10)
        try {
          LocalDate.parse(text);
        } catch (DateTimeException none) {
          wrong(field, "no_such_day", "这一天不存在", "is not a day that exists");
        }
      return this;
    }

    Check oneOf(String field, Set<String> values, boolean required) {
      String text = text(field, required);
      if (text != null && !values.contains(text)) wrong(field, "enum", "不在允许的取值内", "is none of the values");
      return this;
    }

    Check integer(String field, int least, int most) {
      JsonNode found = take(field, true);
      if (found != null && (!found.isIntegralNumber() || found.longValue() < least || found.longValue() > most))
        wrong(field, "int", "应为整数", "must be an integer in range");
      return this;
    }

    Check object(String field, Consumer<Check> within) {
      JsonNode found = take(field, false);
      if (found == null) return this;
      if (found.isObject()) within.accept(new Check(problems, found, at + "/" + field));
      else wrong(field, "model_type", "应为对象", "must be an object");
      return this;
    }

    Check each(String field, int most, BiConsumer<JsonNode, String> within) {
      JsonNode found = take(field, false);
      if (found == null) return this;
      if (!found.isArray() || found.size() > most) wrong(field, "tuple_type", "应为数组", "must be an array");
      else for (int i = 0; i < found.size(); i++) within.accept(found.get(i), at + "/" + field + "/" + i);
      return this;
    }

    void nothingElse() {
      object.fieldNames().forEachRemaining(name -> {
        if (!known.contains(name)) throw beyond(at + "/" + name);
      });
    }
  }

  static void described(JsonNode data, List<Problem> problems) {
    new Check(problems, data, "")
        .line("name", true)
        .oneOf("domain", DOMAINS, true)
        .oneOf("item_class", CLASSES, true)
        .paragraph("content", true)
        .each("regions", 50, (code, at) -> {
          if (!code.isTextual() || !REGION.matcher(code.textValue()).find())
            problems.add(new Problem(at, "string_pattern_mismatch", "格式不符", "has another shape"));
        })
        .object("total_investment", total -> total.money("amount", true).oneOf("basis", BASES, false).date("as_of", false).line("source", false).nothingElse())
        .date("as_of", true)
        .line("source", true)
        .nothingElse();
  }

  static void reported(JsonNode data, List<Problem> problems) {
    new Check(problems, data, "")
        .integer("year", 2000, 2100)
        .integer("through_month", 1, 12)
        .oneOf("scope", SCOPES, true)
        .money("annual_plan", true)
        .money("annual_investment", true)
        .money("cumulative_investment", true)
        .shape("completion_rate", NUMBER, 40, false)
        .paragraph("physical_progress", false)
        .date("as_of", true)
        .line("source", true)
        .nothingElse();
  }

  /** Whether a report does not fit together in itself. */
  static boolean doubtful(JsonNode report) {
    BigDecimal plan = number(report, "annual_plan"), invested = number(report, "annual_investment");
    if (invested.compareTo(number(report, "cumulative_investment")) > 0) return true;
    String period = String.format("%04d-%02d", report.get("year").intValue(), report.get("through_month").intValue());
    String asOf = report.get("as_of").textValue();
    if (asOf.compareTo(period.substring(0, Math.min(asOf.length(), 7))) < 0) return true;
    if (plan.signum() == 0) return invested.signum() != 0 || report.has("completion_rate");
    BigDecimal computed = invested.multiply(BigDecimal.valueOf(100)).divide(plan, MathContext.DECIMAL64);
    if (computed.compareTo(BigDecimal.valueOf(200)) > 0) return true;
    return report.has("completion_rate")
        && computed.subtract(number(report, "completion_rate")).abs().compareTo(BigDecimal.ONE) > 0;
  }

  /** Whether a figure looks like another with its unit or a digit mistaken. */
  static boolean slip(BigDecimal one, BigDecimal other) {
    BigDecimal low = one.min(other), high = one.max(other);
    if (low.signum() <= 0) return false;
    double ratio = high.doubleValue() / low.doubleValue();
    return ratio >= 10 / 1.1 && ratio <= 10 * 1.1 || ratio >= 10_000 / 1.1 && ratio <= 10_000 * 1.1;
  }

  static BigDecimal number(JsonNode data, String field) {
    return new BigDecimal(data.get(field).textValue());
  }
}
