package dev.tidegate.transforms.bigquery;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.util.RawValue;
import com.google.api.services.bigquery.model.TableRow;
import dev.tidegate.schemas.Json;
import dev.tidegate.transforms.archive.ArchiveTable;
import dev.tidegate.transforms.handlers.EventSources;
import org.apache.beam.sdk.io.gcp.bigquery.BigQueryStorageApiInsertError;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is told of a refused row says where to look, and nothing that stood in it. */
class RefusalsTest {
  private static final Refusals REFUSALS =
      new Refusals(TableDefinition.of(ArchiveTable.rawEvents(EventSources.installed())).schema());

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "Column: payload_bytes (INT64). Value: secret (java.lang.String). Reason: NumberFormat"
            + "| BigQuery refused the row: column payload_bytes",
        "Problem converting field root.received_at expected type: TIMESTAMP. Exception: secret"
            + "| BigQuery refused the row: column received_at",
        "Field payload: Invalid JSON secret | BigQuery refused the row: column payload",
        "Column: secret (INT64) | BigQuery refused the row",
        "secret | BigQuery refused the row",
        "Row payload too large. Maximum size 10 | BigQuery refused the row: it is too large",
        " | BigQuery refused the row"
      })
  void theStorageApisMessageIsReducedToTheColumn(String message, String reason) {
    assertThat(REFUSALS.of(new BigQueryStorageApiInsertError(new TableRow(), message)).reason())
        .isEqualTo(reason);
  }

  @Test
  void timesComeBackAsTheyWere() {
    assertThat(
            REFUSALS
                .of(
                    new TableRow()
                        .set("publish_time", "2026-01-31 T12:00:00.5")
                        .set("received_at", "2026-01-31T12:00:00Z")
                        .set("subject", "2026-01-31 T12:00:00"),
                    "wrong")
                .json())
        .isEqualTo(
            "{\"publish_time\":\"2026-01-31T12:00:00.5Z\","
                + "\"received_at\":\"2026-01-31T12:00:00Z\","
                + "\"subject\":\"2026-01-31 T12:00:00\"}");
  }

  @Test
  void rowOfADeepBodyComesBackToo() {
    String deepest = "[".repeat(Json.MAX_DEPTH) + "]".repeat(Json.MAX_DEPTH);
    assertThat(REFUSALS.of(new TableRow().set("payload", new RawValue(deepest)), "deep").json())
        .isEqualTo("{\"payload\":" + deepest + "}");
  }
}
