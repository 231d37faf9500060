package dev.tidegate.pipeline;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidegate.schemas.DeadLetter.ErrorClass;
import dev.tidegate.schemas.PermanentFailureException;
import dev.tidegate.schemas.RawEvent;
import dev.tidegate.transforms.Batching;
import dev.tidegate.transforms.StampKey;
import dev.tidegate.transforms.archive.Archive;
import dev.tidegate.transforms.handlers.EventSources;
import dev.tidegate.transforms.postgresql.Password;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.beam.sdk.options.PipelineOptionsFactory;
import org.joda.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Options are understood or refused at launch, all mistakes at once. */
class EventPipelineConfigurationTest {
  private static final List<String> REQUIRED =
      List.of(
          "--inputSubscription=projects/project/subscriptions/events",
          "--archiveDataset=project.archive",
          "--jdbcUrl=jdbc:postgresql://db/tidegate",
          "--jdbcUsername=tidegate");

  @Test
  void whatIsNotGivenHasItsDefault() {
    EventPipelineConfiguration configuration = configuration();

    assertThat(configuration.input().subscription())
        .isEqualTo("projects/project/subscriptions/events");
    assertThat(configuration.archive()).isEqualTo(new Archive.BigQuery("project", "archive", null));
    assertThat(configuration.deadLetterTopic()).isEmpty();
    assertThat(configuration.input().defaultTenant()).isEqualTo("default");
    assertThat(configuration.input().defaultSource()).isEqualTo("terminal49");
    assertThat(configuration.dedupeWindow()).isEqualTo(Duration.standardMinutes(10));
    assertThat(configuration.sink().batching())
        .isEqualTo(
            new Batching(
                Batching.Mode.BUNDLES, 1_000, 16L << 20, java.time.Duration.ofMillis(200), 8));
    assertThat(configuration.sink().ledgerPayload()).isTrue();
    assertThat(configuration.ledgerRetention()).isEqualTo(Duration.standardDays(90));
    assertThat(configuration.sink().database().jdbcUrl())
        .isEqualTo("jdbc:postgresql://db/tidegate");
    assertThat(configuration.sink().database().username()).isEqualTo("tidegate");
    assertThat(configuration.sink().database().password())
        .isEqualTo(new Password.Variable("TIDEGATE_JDBC_PASSWORD"));
    assertThat(configuration.sink().database().poolSize()).isEqualTo(4);
    assertThat(configuration.sink().database().statementTimeout()).hasSeconds(30);
    assertThat(configuration.sink().database().lockTimeout()).hasSeconds(10);
  }

  @Test
  void theTenantsAreNames() {
    assertThat(takes(configuration(), "anybody")).isTrue();
    EventSources two = configuration("--tenants=acme, globex").sources();
    assertThat(takes(configuration("--tenants=acme, globex"), "globex")).isTrue();
    assertThat(takes(configuration("--tenants=acme, globex"), "hooli")).isFalse();
    assertThat(two.tables()).isEqualTo(configuration().sources().tables());
    for (String wrong : List.of("", " ", "acme, ,globex", "a\nb", "x".repeat(201))) {
      assertThatThrownBy(() -> configuration("--tenants=" + wrong))
          .as(wrong)
          .hasMessageContaining("--tenants must");
    }
  }

  @Test
  void aSourceThatTakesNoneOfTheTenantsIsAMistake(@TempDir Path folder) throws IOException {
    Path shop = folder.resolve("shop.yaml");
    String text = "source: shop\ntenants: [%s]\nevents: { order.placed: { rows: [] } }\n";
    Files.writeString(shop, text.formatted("globex, hooli"));

    assertThatThrownBy(() -> configuration("--sources=" + shop, "--tenants=acme"))
        .hasMessageContaining(
            "--tenants: the source shop does not take events of these tenants, only of globex,"
                + " hooli");
    assertThat(takes(configuration("--sources=" + shop, "--tenants=acme,hooli"), "acme")).isTrue();

    Files.writeString(shop, text.formatted("'', \"a\\nb\""));
    assertThatThrownBy(() -> configuration("--sources=" + shop))
        .hasMessageContainingAll(
            "shop.yaml:2: /tenants/0 must be", "shop.yaml:2: /tenants/1 must be");
  }

  private static boolean takes(EventPipelineConfiguration configuration, String tenant) {
    RawEvent event =
        RawEvent.builder()
            .tenantId(tenant)
            .source("anything")
            .notificationId(Optional.of("n1"))
            .eventType(Optional.of("happened"))
            .messageId("1")
            .publishTime(Instant.EPOCH)
            .attributes(Map.of())
            .body("{}".getBytes(UTF_8))
            .build();
    try {
      configuration.sources().decode(event);
      return true;
    } catch (PermanentFailureException refused) {
      assertThat(refused.errorClass()).isEqualTo(ErrorClass.TENANT_MISMATCH);
      return false;
    }
  }

  @Test
  void thePasswordMayBeASecret() {
    String secret = "projects/p/secrets/database-password/versions/latest";
    assertThat(configuration("--jdbcPasswordSecret=" + secret).sink().database().password())
        .isEqualTo(new Password.Secret(secret));
  }

  @Test
  void thePasswordIsInOnePlace() {
    assertThatThrownBy(
            () ->
                configuration(
                    "--jdbcPasswordSecret=projects/p/secrets/s/versions/1",
                    "--jdbcPasswordVariable=PASSWORD"))
        .hasMessageContaining("--jdbcPasswordVariable must be left out");
  }

  @ParameterizedTest
  @ValueSource(strings = {"secret", "projects/p/secrets/s", "projects/p/secrets/s/versions/"})
  void theSecretIsNamedInFull(String secret) {
    assertThatThrownBy(() -> configuration("--jdbcPasswordSecret=" + secret))
        .hasMessageContaining("--jdbcPasswordSecret must be projects/PROJECT/secrets/NAME");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "env:OTHER_KEY",
        "file:/secrets/stamp-key",
        "projects/p/secrets/s/versions/latest"
      })
  void theKeyOfStampsIsNamed(String reference) {
    assertThat(configuration().input().stampKey())
        .isEqualTo(new StampKey("env:TIDEGATE_STAMP_KEY"));
    assertThat(configuration("--stampKey=" + reference).input().stampKey())
        .isEqualTo(new StampKey(reference));
  }

  @ParameterizedTest
  @ValueSource(strings = {"SECRET0123456789abcdef0123456789", "env:", "env:A=SECRET", "file:", ""})
  void theKeyOfStampsItselfIsNoOptionsValue(String key) {
    assertThatThrownBy(() -> configuration("--stampKey=" + key))
        .hasMessageContaining("--stampKey must be env:NAME")
        .hasMessageNotContaining("SECRET");
  }

  @Test
  void allMistakesAreToldInOneMessage() {
    assertThatThrownBy(
            () ->
                configuration(
                    "--inputSubscription=s",
                    "--defaultTenant=" + "x".repeat(201),
                    "--defaultSource=a\nb",
                    "--dedupeWindow=soon",
                    "--archiveDataset= ",
                    "--archiveTriggeringFrequency=5m",
                    "--archiveFolder=/archive",
                    "--deadLetterTopic=t",
                    "--jdbcUrl=jdbc:mysql://db?password=hunter2",
                    "--jdbcUsername= ",
                    "--jdbcPoolSize=0",
                    "--jdbcStatementTimeout=1",
                    "--jdbcLockTimeout=0s",
                    "--batchRows=10001",
                    "--batchBytes=0",
                    "--batchWait=x",
                    "--batchShards=0",
                    "--ledgerRetention=short"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll(
            "--inputSubscription must",
            "--defaultTenant must",
            "--defaultSource must",
            "--dedupeWindow must",
            "--archiveDataset must",
            "--archiveTriggeringFrequency cannot be used",
            "--archiveFolder must",
            "--deadLetterTopic must",
            "--jdbcUrl must begin",
            "--jdbcUrl must not hold the password",
            "--jdbcUsername must",
            "--jdbcPoolSize must",
            "--jdbcStatementTimeout must",
            "--jdbcLockTimeout must",
            "--batchRows must",
            "--batchBytes must",
            "--batchWait must",
            "--batchShards must",
            "--ledgerRetention must");
  }

  @Test
  void whatIsMissingIsAMistakeLikeAnyOther() {
    assertThatThrownBy(
            () ->
                EventPipelineConfiguration.of(
                    PipelineOptionsFactory.create().as(EventPipelineOptions.class)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll(
            "--inputSubscription", "--archiveDataset", "--jdbcUrl", "--jdbcUsername");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "events",
        "projects/project/topics/events",
        "/subscriptions/project/events",
        "projects/p/subscriptions/events",
        "projects/project/subscriptions/e",
        "projects/project/subscriptions/9events",
        "projects/project/subscriptions/events/more"
      })
  void aSubscriptionThatPubsubWouldRefuseIsRefused(String subscription) {
    assertThatThrownBy(() -> configuration("--inputSubscription=" + subscription))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("--inputSubscription must");
  }

  @Test
  void aFileArchiveIsAFolderAndNothingElse() {
    assertThat(
            ((Archive.Files)
                    configuration(
                            "--archiveMethod=FILES", "--archiveFolder=/a", "--archiveDataset=")
                        .archive())
                .folder())
        .isEqualTo("/a");
    assertThatThrownBy(() -> configuration("--archiveMethod=FILES"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "--archiveFolder must be given\n--archiveDataset cannot be used with this"
                + " --archiveMethod");
  }

  @ParameterizedTest
  @CsvSource({
    "other-project:raw,other-project,raw",
    "other-project.raw,other-project,raw",
    "example.com:other-project.raw,example.com:other-project,raw",
    "raw,default-project,raw"
  })
  void aDatasetMayNameItsProject(String given, String project, String dataset) {
    Archive.BigQuery archive = bigQuery("--archiveDataset=" + given, "--project=default-project");
    assertThat(archive.project()).isEqualTo(project);
    assertThat(archive.dataset()).isEqualTo(dataset);
  }

  @ParameterizedTest
  @ValueSource(strings = {"a-b", "p.", ".d", "p:d:e", "P.d", "p.d.t x"})
  void anythingElseIsNoDataset(String given) {
    assertThatThrownBy(() -> configuration("--archiveDataset=" + given, "--project=some-project"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("--archiveDataset must be PROJECT.DATASET, PROJECT:DATASET or DATASET");
  }

  @Test
  void onlyLoadJobsHaveAFrequency() {
    assertThat(bigQuery("--archiveMethod=STORAGE_API_AT_LEAST_ONCE").loadFrequency()).isNull();
    assertThat(
            bigQuery("--archiveMethod=FILE_LOADS", "--tempLocation=gs://bucket/temp")
                .loadFrequency())
        .hasMinutes(5);
    assertThat(
            bigQuery(
                    "--archiveMethod=FILE_LOADS",
                    "--tempLocation=gs://bucket/temp",
                    "--archiveTriggeringFrequency=10m")
                .loadFrequency())
        .hasMinutes(10);
    assertThatThrownBy(() -> configuration("--archiveTriggeringFrequency=10m"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("--archiveTriggeringFrequency cannot be used with this --archiveMethod");
  }

  @Test
  void loadJobsNeedFilesAndAreFew() {
    assertThatThrownBy(
            () -> configuration("--archiveMethod=FILE_LOADS", "--archiveTriggeringFrequency=59s"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("--tempLocation must", "--archiveTriggeringFrequency must");
  }

  @ParameterizedTest
  @CsvSource({"DirectRunner,BUNDLES", "DataflowRunner,GROUPS", "TestDataflowRunner,GROUPS"})
  void theRunnerDecidesWhatABatchIsMadeOf(String runner, Batching.Mode batching) {
    assertThat(configuration("--runner=" + runner).sink().batching().mode()).isEqualTo(batching);
    for (Batching.Mode given : Batching.Mode.values()) {
      assertThat(
              configuration("--runner=" + runner, "--batching=" + given).sink().batching().mode())
          .as("given explicitly")
          .isEqualTo(given);
    }
  }

  @Test
  void deadLettersMayGoToATopic() {
    assertThat(configuration("--deadLetterTopic=projects/project/topics/dead").deadLetterTopic())
        .contains("projects/project/topics/dead");
  }

  @ParameterizedTest
  @CsvSource({"250ms,250", "1s,1000", "90s,90000", "10m,600000", "24h,86400000", "7d,604800000"})
  void durationsAreANumberAndAUnit(String text, long millis) {
    assertThat(configuration("--dedupeWindow=" + text).dedupeWindow())
        .isEqualTo(Duration.millis(millis));
    assertThat(configuration("--batchWait=" + text).sink().batching().maxWait()).hasMillis(millis);
  }

  @ParameterizedTest
  @ValueSource(strings = {"0m", "-1m", "10", "m", "10 m", "1.5h", "10M", "PT10M", "1234567890s"})
  void anythingElseIsNoDuration(String text) {
    assertThatThrownBy(() -> configuration("--dedupeWindow=" + text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("--dedupeWindow must be a whole number and ms, s, m, h or d, such as 10m");
  }

  @ParameterizedTest
  @CsvSource({"0,0", "10m,600", "12h,43200", "30d,2592000"})
  void theLedgersRetentionIsADurationOrForEver(String text, long seconds) {
    assertThat(configuration("--ledgerRetention=" + text).ledgerRetention())
        .isEqualTo(Duration.standardSeconds(seconds));
  }

  @ParameterizedTest
  @ValueSource(strings = {"0d", "-1d", "30", "d", "for ever", "P30D", ""})
  void anythingElseIsNoRetention(String text) {
    assertThatThrownBy(() -> configuration("--ledgerRetention=" + text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "--ledgerRetention must be a whole number and ms, s, m, h or d, such as 90d, or 0 for"
                + " ever");
  }

  @Test
  void theLedgerKeepsWhatMayStillBeRepeated() {
    assertThatThrownBy(() -> configuration("--dedupeWindow=25h", "--ledgerRetention=1d"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("--ledgerRetention must not be shorter than --dedupeWindow");
    assertThat(configuration("--dedupeWindow=24h", "--ledgerRetention=1d").ledgerRetention())
        .isEqualTo(Duration.standardDays(1));
    assertThat(configuration("--dedupeWindow=24h", "--ledgerRetention=0").ledgerRetention())
        .isEqualTo(Duration.ZERO);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "jdbc:postgresql://db/t?password=hunter2",
        "jdbc:postgresql://db/t?ssl=true&password=hunter2",
        "jdbc:postgresql://db/t?PASSWORD=hunter2",
        "jdbc:postgresql://db/t?sslpassword=hunter2"
      })
  void aPasswordInTheUrlIsRefusedAndNotRepeated(String url) {
    assertThatThrownBy(() -> configuration("--jdbcUrl=" + url))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("--jdbcUrl must not hold the password")
        .hasMessageNotContaining("hunter2");
  }

  private static Archive.BigQuery bigQuery(String... arguments) {
    return (Archive.BigQuery) configuration(arguments).archive();
  }

  /** Later arguments replace the required ones of the same name. */
  private static EventPipelineConfiguration configuration(String... arguments) {
    List<String> given = List.of(arguments);
    Stream<String> required =
        REQUIRED.stream()
            .filter(
                argument ->
                    given.stream()
                        .noneMatch(
                            other ->
                                other.startsWith(
                                    argument.substring(0, argument.indexOf('=') + 1))));
    return EventPipelineConfiguration.of(
        PipelineOptionsFactory.fromArgs(
                Stream.concat(required, given.stream()).toArray(String[]::new))
            .as(EventPipelineOptions.class));
  }
}
