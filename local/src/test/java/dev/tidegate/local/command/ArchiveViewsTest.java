package dev.tidegate.local.command;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ArchiveViewsTest {
  private static final String DAY = "raw_events/received_date=2026-01-02/";

  @TempDir private Path archive;
  private Connection duckdb;

  @BeforeEach
  void connect() throws SQLException {
    duckdb = DriverManager.getConnection("jdbc:duckdb:");
  }

  @AfterEach
  void disconnect() throws SQLException {
    duckdb.close();
  }

  @Test
  void columnsAreTheArchivesAndReadAsTheirTypes() throws Exception {
    write(
        DAY + "a.ndjson",
        """
        {"notification_id":"1","payload":{"a":[1,null]},"body":null,"payload_bytes":12,\
        "publish_time":"2026-01-02T03:04:05.123456Z","signature_valid":true,"later_column":1}
        {"notification_id":"2","payload":null,"body":"AP9o","payload_bytes":3}
        """);
    assertThat(
            rows(
                """
                SELECT notification_id, payload->>'$.a[0]', hex(body), payload_bytes + 1,
                  publish_time AT TIME ZONE 'UTC', signature_valid, received_date
                FROM raw_events ORDER BY 1"""))
        .containsExactly(
            "1|1|null|13|2026-01-02 03:04:05.123456|true|2026-01-02",
            "2|null|00FF68|4|null|null|2026-01-02");
    assertThat(types("raw_events"))
        .contains("payload JSON", "body BLOB", "publish_time TIMESTAMP WITH TIME ZONE")
        .contains("payload_bytes BIGINT", "signature_valid BOOLEAN", "received_date DATE");
  }

  @Test
  void anArchiveWithoutFilesHasTheSameColumns() throws Exception {
    List<String> empty = types("raw_events");
    List<String> emptyLetters = types("dead_letters");
    assertThat(rows("SELECT * FROM raw_events")).isEmpty();
    write(DAY + "a.ndjson", "{\"notification_id\":\"1\"}\n");
    write("dead_letters/failed_date=2026-01-02/a.ndjson", "{\"notification_id\":\"1\"}\n");
    assertThat(types("raw_events")).isEqualTo(empty).contains("received_date DATE");
    assertThat(types("dead_letters")).isEqualTo(emptyLetters).contains("failed_date DATE");
  }

  @Test
  void aTornLastLineIsLeftOutWhereverItWasTorn() throws Exception {
    String whole = "{\"notification_id\":\"1\",\"event_type\":\"é\"}\n";
    byte[] last = "{\"notification_id\":\"2\",\"event_type\":\"é\\n\"}".getBytes(UTF_8);
    List<String> counts = new ArrayList<>();
    for (int length = 0; length <= last.length; length++) {
      Path file = write(DAY + "a.ndjson", whole);
      byte[] torn = java.util.Arrays.copyOf(last, length);
      Files.write(file, torn, java.nio.file.StandardOpenOption.APPEND);
      counts.addAll(rows("SELECT count(*) FROM raw_events"));
    }
    // Complete without its line end, it is a row already.
    assertThat(counts.remove(counts.size() - 1)).isEqualTo("2");
    assertThat(counts).containsOnly("1");
  }

  @Test
  void compressedFilesReplaceThePlainOnesTheyWereMadeFrom() throws Exception {
    String rows = "{\"notification_id\":\"1\"}\n{\"notification_id\":\"2\"}\n";
    write(DAY + "a.ndjson", rows);
    writeCompressed(DAY + "a.ndjson.gz", rows);
    writeCompressed(DAY + "b.ndjson.gz", "{\"notification_id\":\"3\"}\n");
    write(DAY + ".c.ndjson.gz.tmp", "not yet");
    write(DAY + "empty.ndjson", "");
    writeCompressed(DAY + "empty2.ndjson.gz", "");
    assertThat(rows("SELECT notification_id FROM raw_events ORDER BY 1"))
        .containsExactly("1", "2", "3");
  }

  @Test
  void aTenantsRowsAreThoseThatItsColumnNames() throws Exception {
    List<String> tenants = List.of("a*", "ab", "[a]b", "it's", "acme/north");
    StringBuilder lines = new StringBuilder();
    for (String tenant : tenants) {
      lines.append("{\"notification_id\":\"1\",\"tenant_id\":\"%s\"}\n".formatted(tenant));
    }
    write(DAY + "a.ndjson", lines.toString());
    for (String tenant : tenants) {
      assertThat(
              rows(
                  "SELECT tenant_id FROM raw_events WHERE tenant_id = '%s'"
                      .formatted(tenant.replace("'", "''"))))
          .containsExactly(tenant);
    }
  }

  @Test
  void anArchiveInAFolderNamedLikeAWildcardIsReadOnce() throws Exception {
    archive = archive.resolve("a*[b]'s");
    write(DAY + "x.ndjson", "{\"notification_id\":\"1\"}\n");
    Path other = archive.resolveSibling("ab's").resolve(DAY + "x.ndjson");
    Files.createDirectories(other.getParent());
    Files.writeString(other, "{\"notification_id\":\"2\"}\n");
    assertThat(rows("SELECT notification_id FROM raw_events")).containsExactly("1");
  }

  @Test
  void hundredsOfFilesAndLongLinesAreRead() throws Exception {
    for (int file = 0; file < 300; file++) {
      write(DAY + file + ".ndjson", "{\"notification_id\":\"1\"}\n");
    }
    String longest = "{\"notification_id\":\"1\",\"payload\":\"" + "x".repeat(17 << 20) + "\"}\n";
    write(DAY + "long.ndjson", longest + "{\"notification_id\":\"1\"}\n");
    assertThat(rows("SELECT count(*), max(length(payload)) FROM raw_events"))
        .containsExactly("302|" + ((17 << 20) + 2));
  }

  private List<String> rows(String sql) throws IOException, SQLException {
    return new SampleArchive(archive, duckdb).rows(sql);
  }

  private List<String> types(String view) throws IOException, SQLException {
    return rows("SELECT column_name || ' ' || column_type FROM (DESCRIBE " + view + ")");
  }

  private Path write(String name, String content) throws IOException {
    Path file = archive.resolve(name);
    Files.createDirectories(file.getParent());
    return Files.writeString(file, content);
  }

  private void writeCompressed(String name, String content) throws IOException {
    Path file = write(name, "");
    try (OutputStream compressed = new GZIPOutputStream(Files.newOutputStream(file))) {
      compressed.write(content.getBytes(UTF_8));
    }
  }
}
