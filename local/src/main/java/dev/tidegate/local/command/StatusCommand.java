package dev.tidegate.local.command;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tidegate.local.RunningSystem;
import dev.tidegate.schemas.Json;
import java.io.IOException;
import java.io.PrintWriter;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code tidegate status}: what the system did and does, from its ledger and its gateway. */
@Command(name = "status", description = "Show what the running system did and does.")
public final class StatusCommand implements Callable<Integer> {
  /** How a status can be written. */
  enum Format {
    TABLE,
    JSON;

    @Override
    public String toString() {
      return name().toLowerCase(java.util.Locale.ROOT);
    }
  }

  @Mixin private DataFolderOption data;

  @Option(
      names = "--output",
      paramLabel = "FORMAT",
      defaultValue = "table",
      description = "One of ${COMPLETION-CANDIDATES}; ${DEFAULT-VALUE} by default.")
  private Format format;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException, InterruptedException {
    RunningSystem system = data.runningSystem();
    ObjectNode status = Json.mapper().createObjectNode();
    status.set("pipeline", GatewayStatus.of(system.gatewayUrl()));
    status.set("ledger", ledgerOf(system));

    PrintWriter out = spec.commandLine().getOut();
    if (format == Format.JSON) {
      out.println(
          DisplayText.escapedJson(
              Json.mapper().writerWithDefaultPrettyPrinter().writeValueAsString(status)));
    } else {
      new StatusPage(out, Terminal.current().columns(), spec.commandLine().getColorScheme())
          .print(status);
    }
    out.flush();
    boolean complete = status.path("pipeline").path(StatusPage.PROBLEM).isMissingNode();
    return complete && status.path("ledger").path(StatusPage.PROBLEM).isMissingNode() ? 0 : 1;
  }

  private static ObjectNode ledgerOf(RunningSystem system) {
    try (Connection database = SystemDatabase.connect(system)) {
      return LedgerStatus.read(database);
    } catch (SQLException | CommandFailure unreachable) {
      return Json.mapper()
          .createObjectNode()
          .put(StatusPage.PROBLEM, FailureReport.lineFor(unreachable));
    }
  }
}
