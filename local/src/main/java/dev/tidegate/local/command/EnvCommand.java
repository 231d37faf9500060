package dev.tidegate.local.command;

import dev.tidegate.local.RunningSystem;
import dev.tidegate.local.gateway.DevelopmentSecrets;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.Callable;
import org.postgresql.Driver;
import org.postgresql.PGProperty;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code tidegate env}: where the running system is, for a shell and the programs in it. */
@Command(
    name = "env",
    description = {
      "Print what a shell sets to reach the system on the data folder.",
      "These are its gateway, a token for an hour, the secret of webhooks, Pub/Sub and PostgreSQL."
    },
    footer = {
      "",
      "Example:",
      "  eval \"$(./tidegate env)\"",
      "  curl -H \"Authorization: Bearer $TIDEGATE_TOKEN\" \"$TIDEGATE_GATEWAY_URL/events\"",
      "  psql -c \"select status, count(*) from events group by 1\"",
      "  psql \"$TIDEGATE_POSTGRES_URL\"",
      "",
      "psql finds the database by PGHOST, PGPORT, PGDATABASE and PGUSER. Other programs take"
          + " TIDEGATE_POSTGRES_URL, or TIDEGATE_JDBC_URL if they are written in Java."
    })
public final class EnvCommand implements Callable<Integer> {
  @Mixin private DataFolderOption data;
  @Mixin private TokenOption token;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    RunningSystem system = data.runningSystem();
    Map<String, String> variables = new LinkedHashMap<>();
    variables.put(GatewayOption.URL_VARIABLE, system.gatewayUrl());
    variables.put(GatewayOption.TOKEN_VARIABLE, token.sign(data));
    variables.put(
        TriggerCommand.SECRET_VARIABLE, DevelopmentSecrets.in(data.folder()).terminal49().text());
    variables.put("PUBSUB_EMULATOR_HOST", system.pubsubEndpoint());
    Properties database = Driver.parseURL(system.jdbcUrl(), new Properties());
    variables.put("PGHOST", PGProperty.PG_HOST.getOrDefault(database));
    variables.put("PGPORT", PGProperty.PG_PORT.getOrDefault(database));
    variables.put("PGDATABASE", PGProperty.PG_DBNAME.getOrDefault(database));
    variables.put("PGUSER", system.jdbcUsername());
    variables.put("TIDEGATE_POSTGRES_URL", system.postgresUrl());
    variables.put("TIDEGATE_JDBC_URL", system.jdbcUrl());
    PrintWriter out = spec.commandLine().getOut();
    variables.forEach((name, value) -> out.print("export %s=%s\n".formatted(name, quoted(value))));
    out.flush();
    return 0;
  }

  /** As a shell takes it for one word, whatever is in it. */
  private static String quoted(String value) {
    return value.matches("[A-Za-z0-9_./:@-]+") ? value : "'" + value.replace("'", "'\\''") + "'";
  }
}
