package dev.tidegate.local.command;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.ObjectWriter;
import dev.tidegate.schemas.Json;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;

/** One JSON array of objects, an object a line. */
final class JsonResultPrinter implements ResultPrinter {
  private static final ObjectWriter OBJECT_A_LINE =
      Json.mapper().writer().withRootValueSeparator(",\n");

  private final PrintWriter out;

  JsonResultPrinter(PrintWriter out) {
    this.out = out;
  }

  @Override
  public void print(ResultSet rows) throws SQLException {
    List<ResultColumn> columns = ResultColumn.of(rows.getMetaData());
    try (JsonGenerator json = OBJECT_A_LINE.createGenerator(out)) {
      json.disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET);
      json.disable(JsonGenerator.Feature.FLUSH_PASSED_TO_STREAM);
      json.enable(JsonGenerator.Feature.WRITE_BIGDECIMAL_AS_PLAIN);
      json.writeRaw("[\n");
      for (long count = 1; rows.next(); count++) {
        printRow(columns, rows, json);
        if (count % ROWS_BETWEEN_CHECKS == 0) {
          json.flush();
          if (out.checkError()) {
            return;
          }
        }
      }
      json.writeRaw("\n]\n");
    } catch (IOException writersDoNotThrow) {
      throw new UncheckedIOException(writersDoNotThrow);
    }
    out.flush();
  }

  private static void printRow(List<ResultColumn> columns, ResultSet row, JsonGenerator json)
      throws IOException, SQLException {
    json.writeStartObject();
    for (ResultColumn column : columns) {
      json.writeFieldName(column.name());
      ResultValue.writeJson(column.valueIn(row), json);
    }
    json.writeEndObject();
  }
}
