package dev.tidegate.transforms.handlers.declared.draft;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tidegate.schemas.Column;
import dev.tidegate.schemas.ColumnType;
import dev.tidegate.schemas.Rfc3339;
import dev.tidegate.schemas.StorableText;
import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.checkerframework.checker.nullness.qual.Nullable;

/**
 * What values at one place of many bodies have in common. It counts and keeps no value but one
 * short text, so its size is that of what it learned. The order of the values does not matter.
 */
final class Shape {
  /** Of an object with more members, only the first by name are learned. */
  private static final int MOST_MEMBERS = 200;

  private static final int DEEPEST = 8;
  private static final int LONGEST_KEPT_TEXT = 60;

  /** No name that people gave is longer. */
  private static final int LONGEST_NAME = 200;

  private static final BigDecimal SECONDS_FROM = new BigDecimal(1_000_000_000L);
  private static final BigDecimal SECONDS_TO = new BigDecimal(4_100_000_000L);
  private static final Pattern DECIMAL = Pattern.compile("-?\\d{1,30}\\.\\d{1,30}");

  /** How many more places may be learned. */
  static final class Budget {
    private int left = 50_000;
  }

  private final SortedMap<String, Shape> members = new TreeMap<>();
  private @Nullable Shape items;
  private long values;
  private long nulls;
  private long booleans;
  private long wholes;
  private long numbers;
  private long seconds;
  private long milliseconds;
  private long texts;
  private long times;
  private long dates;
  private long decimals;
  private long keys;
  private long objects;
  private long arrays;
  private int longestList;
  private long presence;
  private boolean varies;
  private int hash;
  private @Nullable String text;

  /**
   * Learns a value.
   *
   * @param event tells the event from others: places that come in the same events have the same
   *     presence
   */
  void learn(JsonNode value, long event, Budget budget) {
    learn(value, event, budget, 0);
  }

  private void learn(JsonNode value, long event, Budget budget, int depth) {
    int valueHash = value.isContainerNode() ? 0 : value.asText().hashCode();
    varies |= values > 0 && hash != valueHash;
    hash = valueHash;
    values++;
    presence += mixed(event);
    switch (value.getNodeType()) {
      case NULL -> nulls++;
      case BOOLEAN -> booleans++;
      case NUMBER -> learnNumber(value);
      case STRING -> learnText(value.textValue());
      case OBJECT -> {
        objects++;
        for (Map.Entry<String, JsonNode> member : value.properties()) {
          learnMember(member.getKey(), member.getValue(), event, budget, depth + 1);
        }
      }
      case ARRAY -> {
        arrays++;
        longestList = Math.max(longestList, value.size());
        for (JsonNode item : value) {
          learnItem(item, event, budget, depth + 1);
        }
      }
      default -> {}
    }
  }

  private void learnMember(String name, JsonNode value, long event, Budget budget, int depth) {
    Shape member = members.get(name);
    if (member == null) {
      boolean isFull = members.size() >= MOST_MEMBERS && name.compareTo(members.lastKey()) > 0;
      if (depth > DEEPEST || isFull || budget.left <= 0 || !isUsable(name)) {
        return;
      }
      budget.left--;
      member = new Shape();
      members.put(name, member);
      if (members.size() > MOST_MEMBERS) {
        members.remove(members.lastKey());
      }
    }
    member.learn(value, event, budget, depth);
  }

  private void learnItem(JsonNode item, long event, Budget budget, int depth) {
    if (items == null) {
      if (depth > DEEPEST || budget.left <= 0) {
        return;
      }
      budget.left--;
      items = new Shape();
    }
    items.learn(item, event, budget, depth);
  }

  private static boolean isUsable(String name) {
    return name.length() <= LONGEST_NAME && StorableText.isStorable(name);
  }

  private static long mixed(long event) {
    long mixed = event * 0x9E3779B97F4A7C15L;
    return mixed ^ (mixed >>> 32);
  }

  private void learnNumber(JsonNode value) {
    boolean isWhole = value.isIntegralNumber() && value.canConvertToLong();
    numbers++;
    wholes += isWhole ? 1 : 0;
    keys += isWhole ? 1 : 0;
    if (isWhole) {
      BigDecimal number = value.decimalValue();
      seconds += isTime(number) ? 1 : 0;
      milliseconds += isTime(number.movePointLeft(3)) ? 1 : 0;
    }
  }

  private static boolean isTime(BigDecimal seconds) {
    return seconds.compareTo(SECONDS_FROM) >= 0 && seconds.compareTo(SECONDS_TO) < 0;
  }

  private void learnText(String value) {
    texts++;
    boolean isKey =
        !value.isBlank()
            && value.length() <= Column.INDEXED_LENGTH
            && StorableText.isStorable(value);
    keys += isKey ? 1 : 0;
    if (isKey) {
      times += Rfc3339.parse(value).isPresent() ? 1 : 0;
      dates += isDate(value) ? 1 : 0;
      decimals += DECIMAL.matcher(value).matches() ? 1 : 0;
    }
    text = value.length() <= LONGEST_KEPT_TEXT ? value : null;
  }

  private static boolean isDate(String value) {
    try {
      return value.length() == 10 && LocalDate.parse(value).getYear() > 0;
    } catch (DateTimeException noDate) {
      return false;
    }
  }

  /** Learns all that {@code other} did. */
  void add(Shape other) {
    varies |= other.varies || (values > 0 && other.values > 0 && hash != other.hash);
    hash = other.values > 0 ? other.hash : hash;
    text = other.texts > 0 ? other.text : text;
    values += other.values;
    nulls += other.nulls;
    booleans += other.booleans;
    wholes += other.wholes;
    numbers += other.numbers;
    seconds += other.seconds;
    milliseconds += other.milliseconds;
    texts += other.texts;
    times += other.times;
    dates += other.dates;
    decimals += other.decimals;
    keys += other.keys;
    objects += other.objects;
    arrays += other.arrays;
    longestList = Math.max(longestList, other.longestList);
    presence += other.presence;
    other.members.forEach(
        (name, member) -> members.computeIfAbsent(name, any -> new Shape()).add(member));
    if (other.items != null) {
      items = items == null ? new Shape() : items;
      items.add(other.items);
    }
  }

  SortedMap<String, Shape> members() {
    return members;
  }

  /** What the lists here hold; empty where nothing was in them. */
  Shape items() {
    return items == null ? new Shape() : items;
  }

  /** The shape that these names lead to; one without values where nothing is there. */
  Shape at(List<String> path) {
    Shape shape = this;
    for (String name : path) {
      shape = shape.members.getOrDefault(name, new Shape());
    }
    return shape;
  }

  long values() {
    return values;
  }

  /** The same for places that come in the same events. */
  long presence() {
    return presence;
  }

  int longestList() {
    return longestList;
  }

  boolean varies() {
    return varies;
  }

  /** The text that is always here; null where there is none. */
  @Nullable String constant() {
    return texts > 0 && texts == values && !varies ? text : null;
  }

  boolean isAlwaysNull() {
    return nulls == values;
  }

  boolean hasNulls() {
    return nulls > 0;
  }

  /** Whether an object is always here. */
  boolean isObject() {
    return values > 0 && objects == values;
  }

  /** Whether nothing but lists and null is here. */
  boolean isList() {
    return arrays > 0 && arrays + nulls == values;
  }

  /** Whether objects, and nothing else but null, are here. */
  boolean isObjectOrNull() {
    return objects > 0 && objects + nulls == values;
  }

  /** Whether {@code member} is in each object. */
  boolean always(Shape member) {
    return member.values == objects;
  }

  /** Whether {@code member} can tell rows apart: each object has it, in a form that a key takes. */
  boolean hasKey(Shape member) {
    return member.values > 0 && always(member) && member.keys == member.values;
  }

  /** The type of a key column. */
  ColumnType keyType() {
    return wholes == values ? ColumnType.BIGINT : ColumnType.TEXT;
  }

  /** Whether whole numbers, and nothing else but null, are seconds since 1970. */
  boolean isSeconds() {
    return seconds > 0 && seconds + nulls == values;
  }

  boolean isMilliseconds() {
    return milliseconds > 0 && milliseconds + nulls == values;
  }

  /** Whether texts, and nothing else but null, are numbers with a point. */
  boolean isDecimalText() {
    return decimals > 0 && decimals + nulls == values;
  }

  /** The type of a column that takes all values as they are. */
  ColumnType columnType() {
    long known = values - nulls;
    if (objects + arrays > 0) {
      return ColumnType.JSONB;
    } else if (booleans == known) {
      return ColumnType.BOOLEAN;
    } else if (wholes == known) {
      return ColumnType.BIGINT;
    } else if (numbers == known) {
      return ColumnType.NUMERIC;
    } else if (times == known) {
      return ColumnType.TIMESTAMPTZ;
    }
    return dates == known ? ColumnType.DATE : ColumnType.TEXT;
  }

  /** The names that JSON Schema has for the types of the values. */
  List<String> schemaTypes() {
    List<String> types = new ArrayList<>();
    addIf(types, objects > 0, "object");
    addIf(types, arrays > 0, "array");
    addIf(types, texts > 0, "string");
    addIf(types, numbers > 0, wholes == numbers ? "integer" : "number");
    addIf(types, booleans > 0, "boolean");
    addIf(types, nulls > 0, "null");
    return types;
  }

  private static void addIf(List<String> types, boolean isSeen, String type) {
    if (isSeen) {
      types.add(type);
    }
  }
}
