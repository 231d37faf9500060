package dev.tidegate.local.command;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What every list of a gateway takes, and how it is printed. */
public final class ListOption {
  private static final int MOST = 100_000;

  @Option(names = "--tenant", paramLabel = "ID", description = "Of this tenant only.")
  private String tenant;

  @Option(
      names = "--limit",
      paramLabel = "N",
      defaultValue = "20",
      description = "Show at most N; ${DEFAULT-VALUE} by default.")
  private int limit;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  String tenant() {
    return tenant;
  }

  /** The things that {@code query} chooses, as many as are wanted. */
  List<JsonNode> read(GatewayClient client, String path, Map<String, ?> query)
      throws InterruptedException {
    if (limit < 1 || limit > MOST) {
      throw new ParameterException(
          command.commandLine(), "--limit is 1 to %d, not %d".formatted(MOST, limit));
    }
    Map<String, Object> all = new LinkedHashMap<>(query);
    all.putIfAbsent("tenant", tenant);
    return client.list(path, all, limit);
  }

  /** Reads and prints them. */
  int print(
      GatewayOption gateway,
      OutputOption output,
      String path,
      Map<String, ?> query,
      String... names)
      throws InterruptedException {
    output.list(read(gateway.client(), path, query), names);
    return 0;
  }
}
