package dev.tidegate.local;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tidegate.local.command.ArchiveViews;
import dev.tidegate.schemas.Json;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;

/** A running system as other programs reach it: Pub/Sub over REST, PostgreSQL, the archive. */
public record ReachableSystem(RunningSystem system) {
  private static final HttpClient HTTP = HttpClient.newHttpClient();

  /** Publishes a message and answers Pub/Sub's ID of it. */
  public String publish(byte[] body, Map<String, String> attributes)
      throws IOException, InterruptedException {
    ObjectNode request = Json.mapper().createObjectNode();
    ObjectNode message = request.putArray("messages").addObject();
    message.put("data", Base64.getEncoder().encodeToString(body));
    ObjectNode attributesNode = message.putObject("attributes");
    attributes.forEach(attributesNode::put);
    HttpResponse<byte[]> response =
        HTTP.send(
            HttpRequest.newBuilder(
                    URI.create(
                        "http://%s/v1/projects/%s/topics/%s:publish"
                            .formatted(system.pubsubEndpoint(), system.project(), system.topic())))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(Json.write(request)))
                .build(),
            HttpResponse.BodyHandlers.ofByteArray());
    if (response.statusCode() != 200) {
      throw new IOException("publish answered " + response.statusCode());
    }
    return Json.parse(response.body()).path("messageIds").path(0).asText();
  }

  /** The rows of a query of PostgreSQL, their columns joined by {@code |}. */
  public List<String> sql(String query) throws SQLException {
    try (Connection connection =
        DriverManager.getConnection(system.jdbcUrl(), system.jdbcUsername(), null)) {
      return rows(connection, query);
    }
  }

  /** The rows of a query of the archive. */
  public List<String> query(String query) throws SQLException, IOException {
    try (Connection connection = DriverManager.getConnection("jdbc:duckdb:")) {
      ArchiveViews.createIn(connection, Path.of(system.archiveFolder()));
      return rows(connection, query);
    }
  }

  private static List<String> rows(Connection connection, String query) throws SQLException {
    List<String> rows = new ArrayList<>();
    try (Statement statement = connection.createStatement();
        ResultSet result = statement.executeQuery(query)) {
      while (result.next()) {
        List<String> cells = new ArrayList<>();
        for (int i = 1; i <= result.getMetaData().getColumnCount(); i++) {
          cells.add(String.valueOf(result.getString(i)));
        }
        rows.add(String.join("|", cells));
      }
    }
    return rows;
  }
}
