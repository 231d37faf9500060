package dev.tidegate.local.command;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** A word that takes another one: what to do with the things that it names. */
abstract class Noun implements Runnable {
  static final String LIMIT = "Show at most N; ${DEFAULT-VALUE} by default.";

  private static final int MOST = 100_000;

  /** Asks the gateway about one thing. */
  interface Request {
    JsonNode about(String id) throws InterruptedException;
  }

  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(), "Say what to do: " + String.join(", ", spec.subcommands().keySet()));
  }

  static int checked(int limit, OutputOption output) {
    if (limit < 1 || limit > MOST) {
      throw output.mistake("--limit is 1 to %d, not %d".formatted(MOST, limit));
    }
    return limit;
  }

  /** Does the same to each thing, whatever becomes of the others, and prints what was done. */
  static int each(OutputOption output, List<String> ids, Request request, String... names)
      throws InterruptedException {
    List<JsonNode> done = new ArrayList<>();
    List<String> failures = new ArrayList<>();
    for (String id : ids) {
      try {
        done.add(request.about(id));
      } catch (GatewayClient.Refusal refused) {
        failures.add(id + ": " + refused.getMessage());
      }
    }
    if (!done.isEmpty()) {
      output.list(done, names);
    }
    failures.forEach(failure -> output.err().println("tidegate: " + DisplayText.escaped(failure)));
    output.err().flush();
    return failures.isEmpty() ? 0 : 1;
  }
}
