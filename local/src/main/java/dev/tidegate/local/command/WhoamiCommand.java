package dev.tidegate.local.command;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code tidegate whoami}: what the gateway takes the user for. */
@Command(
    name = "whoami",
    description = "Show which gateway is meant, and your subject, tenant and roles there.",
    footer = {"", "Example: tidegate whoami --profile production"})
public final class WhoamiCommand implements Callable<Integer> {
  @Mixin private GatewayOption gateway;
  @Mixin private OutputOption output;

  @Override
  public Integer call() throws InterruptedException {
    GatewayClient client = gateway.client();
    ObjectNode caller = client.get("/whoami").deepCopy();
    caller.put("gatewayUrl", client.url());
    if (output.isForPeople()) {
      caller.put("roles", rolesOf(caller));
    }
    output.one(caller, "subject");
    return 0;
  }

  static String rolesOf(JsonNode caller) {
    List<String> roles = new ArrayList<>();
    caller.path("roles").forEach(role -> roles.add(role.asText()));
    return roles.isEmpty() ? "no role" : String.join(", ", roles);
  }
}
