package dev.tidegate.gateway.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidegate.gateway.auth.Role;
import dev.tidegate.gateway.console.ConsoleConfiguration;
import dev.tidegate.gateway.events.EventLimits;
import dev.tidegate.gateway.relay.RelayConfiguration;
import dev.tidegate.gateway.webhooks.SignatureScheme;
import dev.tidegate.gateway.webhooks.WebhookEndpoint;
import dev.tidegate.schemas.Place;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
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
            Map.ofEntries(
                Map.entry("STRIPE_SECRET", "e"),
                Map.entry("TIDEGATE_DATABASE_PASSWORD", "p"),
                Map.entry("CRM_DATABASE_PASSWORD", "q"),
                Map.entry("TERMINAL49_SECRET_ACME", "a"),
                Map.entry("PARTNER_SECRET", "b"),
                Map.entry("REPOSITORY_SECRET", "c"),
                Map.entry("STOREFRONT_SECRET", "d"),
                Map.entry("TIDEGATE_EVENT_ID_KEY", KEY),
                Map.entry("TIDEGATE_STAMP_KEY", KEY),
                Map.entry("TIDEGATE_SESSION_KEY", KEY),
                Map.entry("TIDEGATE_OIDC_SECRET", "f")));

    assertThat(configuration.port()).isEqualTo(8080);
    assertThat(configuration.webhooks()).hasSize(5);
    assertThat(configuration.webhooks().get(0).name()).isEqualTo("terminal49");
    assertThat(configuration.webhooks().get(0).secrets().get(1).secret())
        .isEqualTo(Secret.of("s3cret"));
    assertThat(configuration.webhooks().get(1).scheme())
        .isEqualTo(new SignatureScheme.StandardWebhooks(Duration.ofMinutes(5)));
    WebhookEndpoint github = configuration.webhooks().get(2);
    assertThat(github.scheme())
        .isInstanceOfSatisfying(
            SignatureScheme.GenericHmac.class,
            hmac -> {
              assertThat(hmac.header()).isEqualTo("X-Hub-Signature-256");
              assertThat(hmac.prefix()).isEqualTo("sha256=");
              assertThat(hmac.algorithm()).isEqualTo(SignatureScheme.GenericHmac.Algorithm.SHA256);
              assertThat(hmac.encoding()).isEqualTo(SignatureScheme.GenericHmac.Encoding.HEX);
            });
    assertThat(github.notificationId()).isEqualTo(Place.of("header:X-GitHub-Delivery"));
    assertThat(github.eventType()).isEqualTo(Place.of("header:X-GitHub-Event"));
    assertThat(github.keepHeaders()).contains("X-GitHub-Hook-ID", "X-Repository-Mirror");
    assertThat(configuration.authentication().apiKeys().get(0).roles())
        .containsExactly(Role.OPERATOR);
    assertThat(configuration.database().orElseThrow().password()).contains(Secret.of("p"));
    assertThat(configuration.relay().orElseThrow().enabled()).isTrue();
    RelayConfiguration.Table table = configuration.relay().orElseThrow().tables().get(0);
    assertThat(table.password()).contains(Secret.of("q"));
    assertThat(table.columns()).isEqualTo(RelayConfiguration.Columns.STANDARD);
    assertThat(table.orderBy()).containsExactly("created_at", "version", "id");
    assertThat(table.poll()).isEqualTo(Duration.ofSeconds(1));
    assertThat(configuration.stampKey()).contains(Secret.of(KEY));
    ConsoleConfiguration console = configuration.console().orElseThrow();
    assertThat(console.sessionKeys()).containsExactly(Secret.of(KEY));
    assertThat(console.url()).contains(URI.create("https://events.example.com"));
    assertThat(console.oidc())
        .contains(
            new ConsoleConfiguration.Oidc(
                "https://accounts.example.com",
                "tidegate",
                Secret.of("f"),
                "Example",
                List.of("openid"),
                "tenant",
                "roles"));
    assertThat(configuration.toString()).doesNotContain(KEY, "s3cret");
  }

  @Test
  void theConsoleNeedsLongKeysByReferenceAndOidcNeedsAnAddress() throws IOException {
    Path file =
        write(
            LEAST
                + """
                console:
                  sessionKeys: [env:SHORT, env:NONE, "the key itself"]
                  oidc: {issuer: "http://accounts.example.com", clientId: c, clientSecret: secret}
                """);
    assertThatThrownBy(() -> ConfigurationFile.read(file, Map.of("KEY", KEY, "SHORT", "short")))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("/console/sessionKeys/0")
        .hasMessageContaining("at least 32 bytes")
        .hasMessageContaining("/console/sessionKeys/1")
        .hasMessageContaining("/console/sessionKeys/2")
        .hasMessageContaining("/console/oidc/issuer")
        .hasMessageContaining("/console/oidc/clientSecret")
        .hasMessageContaining("/console/url")
        .hasMessageNotContaining("the key itself");
  }

  @Test
  void aTableOfTheRelayNeedsItsNameItsSourceAndATenant() throws IOException {
    String database = "database: {jdbcUrl: 'jdbc:postgresql://db/x', username: u}\n";
    RelayConfiguration relay =
        ConfigurationFile.read(
                write(
                    LEAST
                        + database
                        + "relay: {tables: [{name: crm, table: events, source: crm, tenant: acme,"
                        + " poll: PT0.5S, columns: {metadata: ''}}]}"),
                Map.of("KEY", KEY))
            .relay()
            .orElseThrow();
    assertThat(relay.enabled()).isTrue();
    assertThat(relay.tables().get(0).orderBy()).isEmpty();
    assertThat(relay.tables().get(0).poll()).isEqualTo(Duration.ofMillis(500));
    assertThat(relay.tables().get(0).columns().metadata()).isEmpty();
    assertThat(relay.tables().get(0).columns().createdAt()).isEqualTo("created_at");
    assertThatThrownBy(
            () ->
                ConfigurationFile.read(
                    write(
                        LEAST
                            + "relay: {tables: [{name: A B, table: a.b.c, poll: 0s, jdbcUrl:"
                            + " 'jdbc:postgresql://db/x', columns: {id: ''}}]}"),
                    Map.of("KEY", KEY)))
        .hasMessageContaining("/relay (line 3): needs the database")
        .hasMessageContaining("/relay/tables/0/name")
        .hasMessageContaining("/relay/tables/0/table")
        .hasMessageContaining("/relay/tables/0/source")
        .hasMessageContaining("/relay/tables/0/poll")
        .hasMessageContaining("/relay/tables/0/username")
        .hasMessageContaining("/relay/tables/0/columns/id")
        .hasMessageContaining("must have either tenant or tenantColumn");
  }

  @Test
  void mostCanBeLeftOutAndJsonIsTaken() throws IOException {
    GatewayConfiguration configuration =
        ConfigurationFile.read(
            write(
                "{\"pubsub\": {\"project\": \"p\", \"topic\": \"t\"}, \"eventIdKey\":"
                    + " \"env:KEY\"}"),
            Map.of("KEY", KEY));
    assertThat(configuration.port()).isEqualTo(8080);
    assertThat(configuration.spool()).isEmpty();
    assertThat(configuration.database()).isEmpty();
    assertThat(configuration.host()).isEqualTo("0.0.0.0");
    assertThat(configuration.authentication().issuers()).isEmpty();
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
                  - name: shop
                    source: shop
                    scheme: HMAC
                    header: X-Signature
                    notificationIdHeader: X-Id
                    notificationIdPointer: /id
                    secrets: [{tenant: acme, secret: "env:KEY"}]
                """);
    assertThatThrownBy(() -> ConfigurationFile.read(file, Map.of("KEY", KEY)))
        .hasMessageContaining(
            "/webhooks/0 (line 4): must have either notificationIdHeader or notificationIdPointer")
        .hasMessageContaining(
            "/webhooks/0 (line 4): must have either eventTypeHeader or eventTypePointer");
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
              - name: Terminal 49
                source: terminal49
                scheme: TERMINAL94
                secrets:
                  - tenant: acme
                    secret: whsec_very_secret
                  - secret: env:NOT_SET
                allowedAddresses: [10.0.0.0/33, 10.0.0.256, "::1", 10.0.0.0/8, here, 1.2.3]
              - name: other
                source: 5
              - name: other
                source: "a\tb"
                scheme: TERMINAL49
                header: X-Signature
                tolerance: PT0S
                maxBodyBytes: 1.5
                secrets: []
              - hook
            authentication:
              developmentKey: env:SHORT
              issuers: [{issuer: i, audience: a, jwks: "http://example.com/keys"}]
              apiKeys:
                - {id: k, sha256: my-key, tenant: t, roles: [root]}
                - {id: k, sha256: my-key, tenant: t, roles: operator, "role/s~": x}
            database: {jdbcUrl: "jdbc:postgresql://u:hunter2@h/d", username: u}
            limits: 7
            stampKey:
            """);
    assertThatThrownBy(() -> ConfigurationFile.read(file, Map.of("SHORT", "tooshort")))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContainingAll(
            "/prot (line 1): is not known; did you mean port?",
            "/port (line 2): must be a whole number from 0 to 65535",
            "/pubsub/topic (line 3): is missing",
            "/pubsub/endpoint (line 3): must be host:port",
            "/webhooks/0/name (line 5): must be of small letters",
            "/webhooks/0/scheme (line 7): must be one of TERMINAL49, STANDARD_WEBHOOKS, GITHUB,",
            "/webhooks/0/secrets/0/secret (line 10): names a secret by env:NAME or file:PATH",
            "/webhooks/0/secrets/1/tenant (line 11): is missing",
            "/webhooks/0/secrets/1/secret (line 11): the environment variable NOT_SET is not set",
            "/webhooks/0/allowedAddresses/0 (line 12): must be an address",
            "/webhooks/0/allowedAddresses/1 (line 12): must be an address",
            "/webhooks/0/allowedAddresses/4 (line 12): must be an address",
            "/webhooks/0/allowedAddresses/5 (line 12): must be an address",
            "/webhooks/1/source (line 14): must be 1 to 200 characters",
            "/webhooks/1/scheme (line 13): is missing",
            "/webhooks/1/secrets (line 13): is missing",
            "/webhooks/2/name (line 15): is used twice",
            "/webhooks/2/source (line 16): must be 1 to 200 characters",
            "/webhooks/2/header (line 18): must be left out: it belongs to the scheme HMAC",
            "/webhooks/2/tolerance (line 19): must be a duration above zero",
            "/webhooks/2/maxBodyBytes (line 20): must be a whole number from 1 to 9437184",
            "/webhooks/2/secrets (line 21): must be a list of at least one secret",
            "/webhooks/3 (line 22): must be a mapping",
            "/authentication/developmentKey (line 24): the secret that it names must have at least",
            "/authentication/issuers (line 25): must be left out where there is a developmentKey",
            "/authentication/issuers/0/jwks (line 25): must be an https:// address",
            "/authentication/apiKeys/0/sha256 (line 27): must be the key's SHA-256",
            "/authentication/apiKeys/0/roles/0 (line 27): must be one of VIEWER, WORKER, OPERATOR,"
                + " PLATFORM_",
            "/authentication/apiKeys/1/id (line 28): is used twice",
            "/authentication/apiKeys/1/roles (line 28): must be a list",
            "/authentication/apiKeys/1/role~1s~0 (line 28): is not known; did you mean roles?",
            "/database/jdbcUrl (line 29): must not hold credentials",
            "/limits (line 30): must be a mapping",
            "/eventIdKey (line 1): is missing")
        .hasMessageNotContainingAny(
            "allowedAddresses/2",
            "allowedAddresses/3",
            "/webhooks/1/name",
            "/webhooks/1/header",
            "/webhooks/3 (line 22): must have",
            "stampKey")
        .message()
        .doesNotContain("very_secret", "tooshort", "my-key", "hunter2");
  }

  @Test
  void brokenFilesAreToldByTheirPlaceAndNotQuoted() throws IOException {
    assertThatThrownBy(() -> ConfigurationFile.read(write("a: b\neventIdKey: 'secret\n"), Map.of()))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("not valid YAML or JSON")
        .hasMessageContaining("line")
        .hasNoCause()
        .message()
        .doesNotContain("secret");
    assertThatThrownBy(() -> ConfigurationFile.read(write("port: 1\nport: 2\n"), Map.of()))
        .hasMessageContaining("has a name twice");
    assertThatThrownBy(() -> ConfigurationFile.read(write("port: 1\n---\nport: 2\n"), Map.of()))
        .hasMessageContaining("one document");
    assertThatThrownBy(() -> ConfigurationFile.read(write("- a\n"), Map.of()))
        .hasMessageContaining("must be a mapping");
    assertThatThrownBy(() -> ConfigurationFile.read(write(""), Map.of()))
        .hasMessageContaining("must be a mapping");
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
        .hasMessageContaining("/eventIdKey (line 2): the secret that it names is empty");
    assertThatThrownBy(
            () ->
                ConfigurationFile.read(
                    write("pubsub: {project: p, topic: t}\neventIdKey: file:/none/such"), Map.of()))
        .hasMessageContaining("/eventIdKey (line 2): the file /none/such cannot be read");
  }

  private static final String SHOP =
      """
      source: shop
      cloud_events: ["https://shop.example/eu/*"]
      webhook:
        scheme: hmac
        header: X-Shop-Signature
        prefix: "s="
        timestamp_prefix: "at="
        algorithm: sha512
        encoding: base64
        keep_headers: [X-Shop-Domain]
        secrets: [{tenant: acme, secret: "env:SHOP"}]
      event: {id: "body:/id", type: "header:X-Shop-Topic", time: {from: "header:X-Shop-Time"}}
      events: {}
      """;

  @Test
  void aSourcesWebhookIsAnEndpointOfItsName() throws IOException {
    Path shop = Files.writeString(folder.resolve("shop.yaml"), SHOP);
    GatewayConfiguration configuration =
        ConfigurationFile.read(
            write(
                LEAST
                    + """
                    sources: [%s, stripe]
                    sourceSecrets: {stripe: [{tenant: acme, secret: "env:STRIPE"}]}
                    """
                        .formatted(shop)),
            Map.of("KEY", KEY, "SHOP", "s", "STRIPE", "t"));
    assertThat(configuration.sources()).extracting("source").containsExactly("shop", "stripe");
    WebhookEndpoint endpoint = configuration.webhooks().get(0);
    assertThat(endpoint.name()).isEqualTo("shop");
    assertThat(endpoint.source()).isEqualTo("shop");
    assertThat(endpoint.notificationId()).isEqualTo(Place.of("body:/id"));
    assertThat(endpoint.eventType()).isEqualTo(Place.of("header:X-Shop-Topic"));
    assertThat(endpoint.keepHeaders())
        .containsExactlyInAnyOrder("X-Shop-Domain", "X-Shop-Topic", "X-Shop-Time");
    assertThat(endpoint.secrets().get(0).secret()).isEqualTo(Secret.of("s"));
    assertThat(endpoint.scheme())
        .isInstanceOfSatisfying(
            SignatureScheme.GenericHmac.class,
            hmac -> assertThat(hmac.algorithm().name()).isEqualTo("SHA512"));
    assertThat(configuration.webhooks().get(1).secrets().get(0).secret()).isEqualTo(Secret.of("t"));
  }

  @Test
  void allMistakesOfSourcesAreToldWithFileAndLine() throws IOException {
    Path sources = Files.createDirectory(folder.resolve("sources"));
    Files.writeString(
        sources.resolve("a.yaml"),
        SHOP.replace("X-Shop-Domain]", "authorization, X-Shop-SIGNATURE]")
            .replace("header:X-Shop-Topic", "header:Cookie")
            .replace("prefix: \"s=\"", "prefx: s"));
    Files.writeString(
        sources.resolve("b.yaml"),
        "source: b\nwebhook: {scheme: github, header: X, url: 'https://b.example/'}\nevents: {}\n");
    Files.writeString(
        sources.resolve("c.yml"), "source: c\nwebhook: {scheme: stripe}\nevents: {}\n");
    Files.writeString(
        sources.resolve("d.yaml"),
        "source: d\nwebhook: {scheme: slack, secrets: [{tenant: t, secret: plain}]}\nevents: {}\n");
    Files.writeString(
        sources.resolve("e.yaml"),
        "source: e\n"
            + "webhook: {scheme: slack, secrets: [{tenant: t, secret: 'env:NONE'}]}\n"
            + "events: {}\n");
    Files.writeString(
        sources.resolve("f.yaml"),
        "source: f\n"
            + "webhook: {scheme: hmac, header: X, signed: '{timestamp}.{body}'}\n"
            + "events: {}\n");
    Path file =
        write(LEAST + "sources: [%s, none]\nsourceSecrets: {d: [], x: []}\n".formatted(sources));
    assertThatThrownBy(() -> ConfigurationFile.read(file, Map.of("KEY", KEY)))
        .hasMessageContainingAll(
            "a.yaml:10: /webhook/keep_headers/0 must not be kept: it may prove who sends",
            "a.yaml:10: /webhook/keep_headers/1 must not be kept: it may prove who sends",
            "a.yaml:6: /webhook/prefx is not known; did you mean prefix?",
            "a.yaml:12: /event/type must be another header: it may prove who sends",
            "b.yaml:2: /webhook/header must be left out: it belongs to the scheme hmac",
            "b.yaml:2: /webhook/url must be left out: it belongs to the scheme twilio",
            "c.yml:2: /webhook needs secrets, here or in the sourceSecrets of the gateway",
            "d.yaml:2: /webhook/secrets/0/secret names a secret by env:NAME",
            "e.yaml:2: /webhook/secrets/0/secret the environment variable NONE is not set",
            "f.yaml:2: /webhook must have timestamp_header or timestamp_prefix",
            "f.yaml:1: /event/id must be body: or header:",
            "/sourceSecrets/x (line 4): is not one of the sources",
            "/sources/1 (line 3): none is not a .yaml file, a folder with one, or a shipped"
                + " source");
  }

  private Path write(String text) throws IOException {
    return Files.writeString(Files.createTempFile(folder, "gateway", ".yaml"), text);
  }
}
