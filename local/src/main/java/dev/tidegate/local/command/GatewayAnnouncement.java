package dev.tidegate.local.command;

import dev.tidegate.gateway.auth.Role;
import dev.tidegate.local.RunningSystem;
import dev.tidegate.local.gateway.DevelopmentSecrets;
import dev.tidegate.local.gateway.DevelopmentToken;
import dev.tidegate.local.gateway.LocalGateway;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;

/** What {@code up} tells of its gateway: where to send, and with what. */
final class GatewayAnnouncement {
  private final RunningSystem system;
  private final Path dataFolder;

  GatewayAnnouncement(RunningSystem system, Path dataFolder) {
    this.system = system;
    this.dataFolder = dataFolder;
  }

  void print(PrintWriter out) throws IOException {
    DevelopmentSecrets secrets = DevelopmentSecrets.in(dataFolder);
    String token =
        new DevelopmentToken(
                LocalGateway.TENANT, "developer", List.of(Role.OPERATOR), DevelopmentToken.LONG)
            .sign(secrets.tokenKey());
    String url = system.gatewayUrl();
    out.println();
    out.println(
        "Webhooks are signed with a secret, events carry a token; both are for development:");
    out.println("  POST " + url + "/webhooks/terminal49");
    out.println("  POST " + url + "/events");
    out.println("  export TIDEGATE_WEBHOOK_SECRET=" + secrets.terminal49().text());
    out.println("  export TIDEGATE_TOKEN=" + token);
    out.println(
        "The secret of %s/webhooks/%s is in %s; ./tidegate token makes other tokens."
            .formatted(url, LocalGateway.STANDARD, secrets.standardFile()));
    out.println("All addresses: " + url + "/openapi.yaml");
  }
}
