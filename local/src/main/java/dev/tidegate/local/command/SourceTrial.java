package dev.tidegate.local.command;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tidegate.schemas.Effect;
import dev.tidegate.schemas.Json;
import dev.tidegate.schemas.PermanentFailureException;
import dev.tidegate.schemas.RawEvent;
import dev.tidegate.schemas.TransformedEvent;
import dev.tidegate.schemas.Upsert;
import dev.tidegate.schemas.Warning;
import dev.tidegate.transforms.handlers.EventSources;
import dev.tidegate.transforms.handlers.declared.DeclaredSource;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * What events would write and cause, and why some would fail: counted, and each one shown where
 * wanted.
 */
final class SourceTrial implements EventFiles.Receiver {
  /** Rules are few, but nothing that events say may fill the memory. */
  private static final int MOST_GROUPS = 1_000;

  private static final String OTHERS = "for other reasons";

  private final EventSources sources;
  private final PrintWriter out;
  private final boolean isEachShown;
  private final ProgressLine progress;
  private final Map<String, Long> rowsByTable = new TreeMap<>();
  private final Map<String, Long> effectsByType = new TreeMap<>();
  private final Map<String, Group> failures = new HashMap<>();
  private final Map<String, Group> leftOut = new HashMap<>();
  private final Map<String, Group> undeclared = new HashMap<>();
  private long number;
  private long failed;
  private long unhandled;
  private long rows;
  private long effects;

  /** What happens to several events alike. */
  private static final class Group {
    private final String what;
    private final String eventId;
    private long count;

    Group(String what, String eventId) {
      this.what = what;
      this.eventId = eventId;
    }
  }

  SourceTrial(DeclaredSource source, boolean isEachShown, ProgressLine progress, PrintWriter out) {
    this.sources = EventSources.of(List.of(source));
    this.isEachShown = isEachShown;
    this.progress = progress;
    this.out = out;
  }

  @Override
  public void take(RawEvent event) {
    progress.report(++number);
    RawEvent identified = sources.identify(event);
    try {
      sources.validate(identified);
      take(sources.transform(identified));
    } catch (PermanentFailureException refused) {
      failed++;
      String why = "%s: %s".formatted(refused.errorClass(), refused.getMessage());
      count(failures, why, identified);
      show("event %d  %s", number, why);
    }
  }

  private void take(TransformedEvent transformed) {
    String type = transformed.event().eventType();
    rows += transformed.upserts().size();
    if (!transformed.handled()) {
      unhandled++;
      count(undeclared, type, transformed.event().raw());
    }
    show(
        "event %d  %s%s",
        number, type, transformed.handled() ? "" : "  no rows are declared for this type");
    for (Upsert upsert : transformed.upserts()) {
      rowsByTable.merge(upsert.table(), 1L, Long::sum);
      if (isEachShown) {
        List<String> key = new ArrayList<>(upsert.key());
        ObjectNode columns = Json.mapper().createObjectNode();
        upsert.columns().forEach(columns::put);
        show("  %s %s  %s", upsert.table(), key.subList(1, key.size()), columns);
      }
    }
    effects += transformed.effects().size();
    for (Effect effect : transformed.effects()) {
      String name = nameOf(effect.kind()) + ' ' + effect.type();
      effectsByType.merge(name, 1L, Long::sum);
      show("  %s [%s]  %s", name, effect.key(), described(effect));
    }
    for (Warning warning : transformed.warnings()) {
      count(leftOut, warning.rule() + " (" + warning.pointer() + ")", transformed.event().raw());
      show("  left out: %s", warning.rule());
    }
  }

  /** What people call effects of a kind. */
  static String namesOf(Effect.Kind kind) {
    return nameOf(kind) + 's';
  }

  private static String nameOf(Effect.Kind kind) {
    return switch (kind) {
      case EVENT -> "follow-up event";
      case TASK -> "task";
      case NOTICE -> "notice";
    };
  }

  /** All but what tells which effect it is. */
  private static JsonNode described(Effect effect) {
    ObjectNode json = effect.toJson();
    json.remove(List.of("kind", "type", "key"));
    if (effect.kind() != Effect.Kind.TASK) {
      json.remove("priority");
    }
    return json;
  }

  private static void count(Map<String, Group> groups, String what, RawEvent event) {
    // Two items of a list that break a rule, and two lengths that are too long, are one reason.
    String alike = what.replaceAll("\\d+", "#");
    String key = groups.containsKey(alike) || groups.size() < MOST_GROUPS ? alike : OTHERS;
    groups.computeIfAbsent(
            key, any -> new Group(key.equals(OTHERS) ? key : what, TriedEvents.idOf(event)))
        .count++;
  }

  private void show(String format, Object... values) {
    if (isEachShown) {
      out.println(DisplayText.escaped(format.formatted(values)));
    }
  }

  @Override
  public void tooLarge(String where) {
    failed++;
    show("%s  is larger than %d bytes", where, EventFiles.LARGEST_BODY);
  }

  /** Tells the counts in one line. */
  int end() {
    progress.clear();
    out.printf(
        "%d events: %d rows%s, %d without rows declared for their type, %d would fail%n",
        number, rows, effects == 0 ? "" : ", %d effects".formatted(effects), unhandled, failed);
    out.flush();
    return failed == 0 ? 0 : 1;
  }

  /** Tells the counts by table, by effect and by reason, and then in one line. */
  int endOfHistory(long unreadable) {
    progress.clear();
    if (!rowsByTable.isEmpty()) {
      out.println("Rows");
      rowsByTable.forEach((table, count) -> line(count, table));
    }
    if (!effectsByType.isEmpty()) {
      out.println("Effects");
      effectsByType.forEach((effect, count) -> line(count, effect));
    }
    print("Would fail", failures);
    print("Left out: the value is, the event is not", leftOut);
    print("No rows are declared for the type", undeclared);
    if (unreadable > 0) {
      out.printf("%d rows of the archive are damaged, and were passed over%n", unreadable);
    }
    out.printf(Locale.ROOT, "%d of %d events would succeed%n", number - failed - unhandled, number);
    int status = end();
    if (progress.secondsSoFar() > 1) {
      out.printf(
          Locale.ROOT,
          "%.1f s, %.0f events a second%n",
          progress.secondsSoFar(),
          number / progress.secondsSoFar());
      out.flush();
    }
    return status;
  }

  private void print(String title, Map<String, Group> groups) {
    if (groups.isEmpty()) {
      return;
    }
    out.println(title);
    groups.values().stream()
        .sorted(
            Comparator.comparing((Group group) -> -group.count).thenComparing(group -> group.what))
        .forEach(
            group ->
                line(
                    group.count,
                    "%s, for example %s"
                        .formatted(DisplayText.escaped(group.what), group.eventId)));
  }

  private void line(long count, String what) {
    out.printf("%8d  %s%n", count, what);
  }
}
