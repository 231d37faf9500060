package dev.tidegate.transforms.postgresql;

import dev.tidegate.schemas.Upsert;
import dev.tidegate.schemas.Version;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.checkerframework.checker.nullness.qual.Nullable;

/**
 * What a batch says of one row: of each column group the newest that any of its events said. One
 * statement may touch a row only once, so that this is settled before it reaches the database.
 */
final class Row {
  private final List<String> key;
  private final Map<String, Group> groups = new HashMap<>();

  Row(List<String> key) {
    this.key = key;
  }

  List<String> key() {
    return key;
  }

  /** Takes over every group of {@code upsert} that is newer than what is held. */
  void merge(Upsert upsert) {
    upsert
        .groups()
        .forEach(
            (name, values) ->
                groups.merge(
                    name,
                    new Group(upsert.version(), values),
                    (old, candidate) ->
                        Version.compareTexts(candidate.version, old.version) > 0
                            ? candidate
                            : old));
  }

  /** What is said of a column group; null where nothing is. */
  @Nullable Group group(String name) {
    return groups.get(name);
  }

  /**
   * @param values in the order of the group's columns
   */
  record Group(String version, List<@Nullable String> values) {}
}
