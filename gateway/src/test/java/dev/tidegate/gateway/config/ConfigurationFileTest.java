package dev.tidegate.gateway.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidegate.gateway.auth.Role;
import dev.tidegate.gateway.events.EventLimits;
import dev.tidegate.gateway.webhooks.Place;
import dev.tidegate.gateway.webhooks.SignatureScheme;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigurationFileTest {
  private static final String KEY = "0123456789abcdef0123456789abcdef";
  private static final String LEAST = "pubsub: {project: p, topic: t}\neventIdKey: env:KEY\n";

  @TempDir private Path folder;

  @Test
  void theExampleLoads() throws IOException {
    Path secret = Files.writeString(folder.resolve("globex"), "s3cret\n");
    String example =
        Files.readString(Path.of("configuration.example.yaml"))
            .replace("/secrets/terminal49-globex", secret.toString());
    GatewayConfiguration configuration =
        ConfigurationFile.read(
            write(example),
            Map.of(
                "TIDEGATE_DATABASE_PASSWORD", "p",
                "TERMINAL49_SECRET_ACME", "a",
                "PARTNER_SECRET", "b",
                "REPOSITORY_SECRET", "c",
                "STOREFRONT_SECRET", "d",
                "TIDEGATE_EVENT_ID_KEY", KEY,
                "TIDEGATE_STAMP_KEY", KEY));

    assertThat(configuration.port()).isEqualTo(8080);
    assertThat(configuration.webhooks()).hasSize(4);
    assertThat(configuration.webhooks().get(0).name()).isEqualTo("terminal49");
    assertThat(configuration.webhooks().get(0).secrets().get(1).secret())
        .isEqualTo(Secret.of("s3cret"));
    assertThat(configuration.webhooks().get(1).scheme())
        .isEqualTo(new SignatureScheme.StandardWebhooks(Duration.ofMinutes(5)));
    assertThat(configuration.webhooks().get(2).scheme())
        .isEqualTo(
            new SignatureScheme.GenericHmac(
                "X-Hub-Signature-256",
                "sha256=",
                SignatureScheme.GenericHmac.Algorithm.SHA256,
                SignatureScheme.GenericHmac.Encoding.HEX,
                Optional.empty(),
                Duration.ofMinutes(5),
                new Place.Header("X-GitHub-Delivery"),
                new Place.Header("X-GitHub-Event")));
    assertThat(configuration.authentication().apiKeys().get(0).roles())
        .containsExactly(Role.OPERATOR);
    assertThat(configuration.database().orElseThrow().password()).contains(Secret.of("p"));
    assertThat(configuration.stampKey()).contains(Secret.of(KEY));
    assertThat(configuration.toString()).doesNotContain(KEY, "s3cret");
  }

  @Test
  void mostCanBeLeftOutAndJsonIsTaken() throws IOException {
    GatewayConfiguration configuration =
        ConfigurationFile.read(
            write(
                "{\"pubsub\": {\"project\": \"p\", \"topic\": \"t\"}, \"eventIdKey\": \"env:KEY\"}"),
            Map.of("KEY", KEY));
    assertThat(configuration.port()).isEqualTo(8080);
    assertThat(configuration.spool()).isEmpty();
    assertThat(configuration.database()).isEmpty();
    assertThat(configuration.limits()).isEqualTo(EventLimits.STANDARD);
  }

  @Test
  void theEnvironmentsPortOutranksTheFiles() throws IOException {
    assertThat(
            ConfigurationFile.read(write(LEAST + "port: 1"), Map.of("KEY", KEY, "PORT", "9090"))
                .port())
        .isEqualTo(9090);
    assertThatThrownBy(
            () -> ConfigurationFile.read(write(LEAST), Map.of("KEY", KEY, "PORT", "http")))
        .hasMessageContaining("the environment variable PORT: must be a port");
  }

  @Test
  void anHmacEndpointTellsOnceWhereIdsAndTypesStand() throws IOException {
    Path file =
        write(
            LEAST
                + """
                webhooks:
                  shop:
                    source: shop
                    scheme: hmac
                    header: X-Signature
                    notificationIdHeader: X-Id
                    notificationIdPointer: /id
                    secrets: [{tenant: acme, secret: "env:KEY"}]
                """);
    assertThatThrownBy(() -> ConfigurationFile.read(file, Map.of("KEY", KEY)))
        .hasMessageContaining("webhooks.shop.notificationIdHeader: or notificationIdPointer must")
        .hasMessageContaining("webhooks.shop.eventTypeHeader: or eventTypePointer must");
  }

  @Test
  void allMistakesAreToldAtOnceWithTheirPlaces() throws IOException {
    Path file =
        write(
            """
            prot: 80
            port: eighty
            pubsub: {project: p, endpoint: here}
            webhooks:
              Terminal 49:
                source: terminal49
                scheme: terminal94
                secrets:
                  - tenant: acme
                    secret: whsec_very_secret
                  - secret: env:NOT_SET
                allowedAddresses: [10.0.0.0/33]
              other:
                source: 5
            authentication:
              developmentKey: env:SHORT
              issuers: [{issuer: i, audience: a, jwks: "http://example.com/keys"}]
              apiKeys: [{id: k, sha256: my-key, tenant: t, roles: [root]}]
            database: {jdbcUrl: "jdbc:postgresql://u:hunter2@h/d", username: u}
            """);
    assertThatThrownBy(() -> ConfigurationFile.read(file, Map.of("SHORT", "tooshort")))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContainingAll(
            "prot: is not known; did you mean port?",
            "port: must be a whole number from 0 to 65535",
            "pubsub.topic: is missing",
            "pubsub.endpoint: must be host:port",
            "webhooks.Terminal 49: must be named by",
            "webhooks.Terminal 49.scheme: must be one of terminal49, standard-webhooks, hmac",
            "webhooks.Terminal 49.secrets[0].secret: names a secret by env:NAME or file:PATH",
            "webhooks.Terminal 49.secrets[1].tenant: is missing",
            "webhooks.Terminal 49.secrets[1].secret: the environment variable NOT_SET is not set",
            "webhooks.Terminal 49.allowedAddresses[0]: must be an address",
            "webhooks.other.source: must be text",
            "webhooks.other.scheme: is missing",
            "webhooks.other.secrets: needs at least one",
            "authentication.developmentKey: the secret that it names must have at least 32 bytes",
            "authentication.developmentKey: is for development only",
            "authentication.issuers[0].jwks: must be an https:// address",
            "authentication.apiKeys[0].sha256: must be the key's SHA-256",
            "authentication.apiKeys[0].roles[0]: must be one of operator, platform-operator",
            "database.jdbcUrl: must not hold credentials",
            "eventIdKey: is missing")
        .message()
        .doesNotContain("very_secret", "tooshort", "my-key", "hunter2");
  }

  @Test
  void brokenFilesAreToldByTheirPlaceAndNotQuoted() throws IOException {
    assertThatThrownBy(() -> ConfigurationFile.read(write("a: b\neventIdKey: 'secret\n"), Map.of()))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("neither YAML nor JSON")
        .hasMessageContaining("line")
        .hasNoCause()
        .message()
        .doesNotContain("secret");
    assertThatThrownBy(() -> ConfigurationFile.read(write("port: 1\nport: 2\n"), Map.of()))
        .hasMessageContaining("names something twice");
    assertThatThrownBy(() -> ConfigurationFile.read(write("- a\n"), Map.of()))
        .hasMessageContaining("the file: must be a mapping");
    assertThatThrownBy(() -> ConfigurationFile.read(write(""), Map.of()))
        .hasMessageContaining("the file: must be a mapping");
    assertThatThrownBy(() -> ConfigurationFile.read(folder.resolve("none"), Map.of()))
        .hasMessageContaining("cannot be read (NoSuchFileException)");
  }

  @Test
  void secretFilesThatAreMissingOrEmptyAreMistakes() throws IOException {
    Path empty = Files.writeString(folder.resolve("empty"), "\n");
    assertThatThrownBy(
            () ->
                ConfigurationFile.read(
                    write("pubsub: {project: p, topic: t}\neventIdKey: file:" + empty), Map.of()))
        .hasMessageContaining("eventIdKey: the secret that it names is empty");
    assertThatThrownBy(
            () ->
                ConfigurationFile.read(
                    write("pubsub: {project: p, topic: t}\neventIdKey: file:/none/such"), Map.of()))
        .hasMessageContaining("eventIdKey: the file /none/such cannot be read");
  }

  private Path write(String text) throws IOException {
    return Files.writeString(Files.createTempFile(folder, "gateway", ".yaml"), text);
  }
}
