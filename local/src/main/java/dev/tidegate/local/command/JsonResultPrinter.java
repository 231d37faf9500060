package dev.tidegate.local.command;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.tidegate.schemas.Json;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;

/** One JSON array of objects, an object a line. What cannot be seen is written as escapes. */
final class JsonResultPrinter implements ResultPrinter {
  private final PrintWriter out;

  JsonResultPrinter(PrintWriter out) {
    this.out = out;
  }

  @Override
  public void print(ResultSet rows) throws SQLException {
    List<ResultColumn> columns = ResultColumn.of(rows.getMetaData());
    out.write("[");
    for (long count = 1; rows.next(); count++) {
      out.write(count == 1 ? "\n" : ",\n");
      out.write(DisplayText.escapedJson(lineOf(columns, rows)));
      if (count % ROWS_BETWEEN_CHECKS == 0 && out.checkError()) {
        return;
      }
    }
    out.write("\n]\n");
    out.flush();
  }

  private static String lineOf(List<ResultColumn> columns, ResultSet row) throws SQLException {
    StringWriter line = new StringWriter();
    try (JsonGenerator json = Json.mapper().createGenerator(line)) {
      json.enable(JsonGenerator.Feature.WRITE_BIGDECIMAL_AS_PLAIN);
      printRow(columns, row, json);
    } catch (IOException writersDoNotThrow) {
      throw new UncheckedIOException(writersDoNotThrow);
    }
    return line.toString();
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
