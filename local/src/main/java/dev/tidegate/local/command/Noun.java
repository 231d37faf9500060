package dev.tidegate.local.command;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** A word that takes another one: what to do with the things that it names. */
abstract class Noun implements Runnable {
  /** Asks the gateway about one thing. */
  interface Request {
    JsonNode about(GatewayClient client, String id) throws InterruptedException;
  }

  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(), "Say what to do: " + String.join(", ", spec.subcommands().keySet()));
  }

  /** The things that something is done to, whatever becomes of the others. */
  static final class Things {
    @Option(
        names = "--tenant",
        paramLabel = "ID",
        description = "Of this tenant, where several have such a thing.")
    private String tenant;

    @Parameters(arity = "1..*", paramLabel = "ID", description = "Which ones.")
    private List<String> ids;

    String tenant() {
      return tenant;
    }

    /** Does it, and prints what was done. */
    int each(GatewayOption gateway, OutputOption output, Request request, String... names)
        throws InterruptedException {
      GatewayClient client = gateway.client();
      List<JsonNode> done = new ArrayList<>();
      List<String> failures = new ArrayList<>();
      for (String id : ids) {
        try {
          done.add(request.about(client, id));
        } catch (GatewayClient.Refusal refused) {
          failures.add(id + ": " + refused.getMessage());
        }
      }
      if (!done.isEmpty()) {
        output.list(done, names);
      }
      failures.forEach(
          failure -> output.err().print("tidegate: " + DisplayText.escaped(failure) + "\n"));
      output.err().flush();
      return failures.isEmpty() ? 0 : 1;
    }

    /** Does it to those of one tenant by a POST, where one is named. */
    int post(
        GatewayOption gateway, OutputOption output, String path, String action, String... names)
        throws InterruptedException {
      return each(gateway, output, (client, id) -> client.post(pathOf(path, id, action)), names);
    }

    /** The same with a body. */
    int send(
        GatewayOption gateway,
        OutputOption output,
        String path,
        String action,
        ObjectNode body,
        String... names)
        throws InterruptedException {
      return each(
          gateway,
          output,
          (client, id) -> client.send("POST", pathOf(path, id, action), body),
          names);
    }

    private String pathOf(String path, String id, String action) {
      Map<String, Object> query = new LinkedHashMap<>();
      query.put("tenant", tenant);
      return GatewayClient.query(path + "/" + GatewayClient.encoded(id) + "/" + action, query);
    }
  }
}
