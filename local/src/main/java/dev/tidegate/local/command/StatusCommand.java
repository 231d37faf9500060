package dev.tidegate.local.command;

import com.fasterxml.jackson.databind.JsonNode;
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
import picocli.CommandLine.Spec;

/** {@code tidegate status}: what the system did and does, from its ledger and its gateway. */
@Command(
    name = "status",
    description = "Show what the running system does, and what it has done.",
    footer = {"", "Example: tidegate status --output json"})
public final class StatusCommand implements Callable<Integer> {
  @Mixin private DataFolderOption data;

  @Mixin private OutputOption output;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException, InterruptedException {
    RunningSystem system = data.runningSystem();
    ObjectNode status = Json.mapper().createObjectNode();
    status.set("pipeline", pipelineOf(system));
    status.set("ledger", ledgerOf(system));

    PrintWriter out = spec.commandLine().getOut();
    if (!output.isForPeople()) {
      output.one(status, "pipeline");
    } else if (output.isQuiet()) {
      out.print(status.path("pipeline").path("state").asText("UNKNOWN") + "\n");
    } else {
      new StatusPage(out, Terminal.current().columns(), spec.commandLine().getColorScheme())
          .print(status);
    }
    out.flush();
    boolean complete = status.path("pipeline").path(StatusPage.PROBLEM).isMissingNode();
    return complete && status.path("ledger").path(StatusPage.PROBLEM).isMissingNode() ? 0 : 1;
  }

  private static JsonNode pipelineOf(RunningSystem system) throws InterruptedException {
    String url = system.gatewayUrl().replaceAll("/+$", "");
    GatewayClient client = new GatewayClient(url, () -> "", "");
    try {
      return client.json(client.getPublic("/status"));
    } catch (CommandFailure failure) {
      return Json.mapper()
          .createObjectNode()
          .put(StatusPage.PROBLEM, FailureReport.lineFor(failure));
    }
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
