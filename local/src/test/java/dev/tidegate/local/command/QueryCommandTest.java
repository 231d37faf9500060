package dev.tidegate.local.command;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class QueryCommandTest {
  @TempDir private Path data;
  private Path archived;

  @BeforeEach
  void archive() throws IOException {
    archived = data.resolve("archive/raw_events/received_date=2026-01-02/x.ndjson");
    Files.createDirectories(archived.getParent());
    Files.writeString(archived, "{\"notification_id\":\"n1\",\"event_type\":\"x\"}\n");
  }

  @Test
  void theDataFoldersArchiveIsQueriedWithoutASystem() {
    CommandRun run = query("select notification_id, received_date from raw_events");
    assertThat(run.err()).isEmpty();
    assertThat(run.exitCode()).isZero();
    assertThat(run.out()).endsWith("n1               2026-01-02\n(1 row)\n");
  }

  @Test
  void theAnalystsViewsAreQueriedBehindTheLockedDoor() {
    CommandRun run = query("select count(*) as events from events");
    assertThat(run.err()).isEmpty();
    assertThat(run.out()).endsWith("(1 row)\n");
    assertThat(query("show tables").out()).contains("raw_events", "daily_event_trends");
  }

  @Test
  void anArchiveCanBeNamedAndTheQueryRead() {
    CommandRun run =
        CommandRun.withInput(
            "from raw_events select event_type".getBytes(UTF_8),
            "query",
            "--output=json",
            "--archive",
            data.resolve("archive").toString(),
            "-");
    assertThat(run.out()).isEqualTo("[\n{\"event_type\":\"x\"}\n]\n");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "select 1;",
        "describe raw_events",
        "summarize raw_events",
        "show tables",
        "explain select 1",
        "pivot raw_events on event_type using count(*) group by tenant_id",
        "with x as (select 1) from x",
        "values (1)",
      })
  void whateverReadsIsAQuery(String sql) {
    CommandRun run = query(sql);
    assertThat(run.err()).isEmpty();
    assertThat(run.exitCode()).isZero();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "copy (select 1) to '%s'",
        "copy (select 1) to '%s'; select 1",
        "explain analyze copy (select 1) to '%s'",
        "pivot raw_events on event_type using count(*); copy (select 1) to '%s'",
        "attach '%s.db' as db",
        "create table t as select 1",
        "set enable_external_access = true",
        "install httpfs",
      })
  void whatWritesIsRefused(String sql) throws IOException {
    String before = Files.readString(archived);
    CommandRun run = query(sql.formatted(archived));
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err()).hasLineCount(1).contains("can only be queried");
    assertThat(Files.readString(archived)).isEqualTo(before);
    assertThat(archived.getParent()).isDirectoryContaining("glob:**/x.ndjson");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "from read_text('/etc/hostname')",
        "from read_csv('https://example.com/x.csv')",
        "select from where",
        "select nosuch from raw_events",
      })
  void whatFailsSaysWhyInOneLine(String sql) {
    CommandRun run = query(sql);
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.out()).isEmpty();
    assertThat(run.err()).startsWith("tidegate: ").doesNotContain("LINE 1");
    assertThat(run.err().lines().skip(1)).allMatch(line -> line.startsWith("  "));
  }

  @Test
  void theMistakeIsShownInTheQuery() {
    assertThat(query("select event_type,\n  nosuch from raw_events").err().lines())
        .endsWith("    nosuch from raw_events", "    ^");
    assertThat(query("select\tfrom where").err().lines())
        .endsWith("  select from where", "              ^");
    assertThat(query("select '港口', 1 from x where").err().lines())
        .endsWith("  select '港口', 1 from x where", " ".repeat(26) + "^");
  }

  @Test
  void psqlsCommandsAreNotTheArchives() {
    assertThat(query("\\d raw_events").err()).contains("show tables", "describe NAME");
  }

  @Test
  void withoutAnArchiveItSaysHowToGetOne() {
    CommandRun run = CommandRun.of("query", "--data", data.resolve("none").toString(), "select 1");
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err()).contains("There is no archive at").contains("--archive");
  }

  private CommandRun query(String sql) {
    return CommandRun.of("query", "--data", data.toString(), sql);
  }
}
