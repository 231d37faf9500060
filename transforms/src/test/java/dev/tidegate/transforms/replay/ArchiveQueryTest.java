package dev.tidegate.transforms.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The query that a filter becomes. */
class ArchiveQueryTest {
  @Test
  void everyFilterIsACondition() {
    ReplayFilter filter =
        new ReplayFilter(
            new TimeRange(
                Instant.parse("2026-01-31T00:00:00Z"), Instant.parse("2026-02-01T00:00:00Z")),
            Set.of("acme"),
            Set.of("terminal49"),
            Set.of("container.updated", "container.created"),
            Set.of("n1"));

    assertThat(ArchiveQuery.of("my-project.tidegate", filter))
        .startsWith("SELECT notification_id, tenant_id, source, event_type,")
        .endsWith(
            " FROM `my-project.tidegate.raw_events`"
                + " WHERE received_at >= TIMESTAMP '2026-01-31T00:00:00Z'"
                + " AND received_at < TIMESTAMP '2026-02-01T00:00:00Z'"
                + " AND tenant_id IN ('acme')"
                + " AND source IN ('terminal49')"
                + " AND event_type IN ('container.created', 'container.updated')"
                + " AND notification_id IN ('n1')");
  }

  @Test
  void thePartitionsColumnIsAlwaysAskedFor() {
    assertThat(ArchiveQuery.of("tidegate", ReplayFilter.EVERYTHING))
        .endsWith(
            " FROM `tidegate.raw_events` WHERE received_at >= TIMESTAMP '0001-01-01T00:00:00Z'");
  }

  @Test
  void valuesCannotLeaveTheirLiterals() {
    assertThat(ArchiveQuery.literal("a' OR \\ \n`é\uD83D\uDE00"))
        .isEqualTo("'a\\U00000027 OR \\U0000005c \\U0000000a\\U00000060\\U000000e9\\U0001f600'");
  }

  @Test
  void datasetsAreNamesAndNothingElse() {
    assertThat(ArchiveQuery.isDataset("tidegate")).isTrue();
    assertThat(ArchiveQuery.isDataset("my-project:tidegate")).isTrue();
    assertThat(ArchiveQuery.of("example.com:my-project.tidegate", ReplayFilter.EVERYTHING))
        .contains("`example.com:my-project.tidegate.raw_events`");
    assertThatThrownBy(() -> ArchiveQuery.of("a` --", ReplayFilter.EVERYTHING))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
