package dev.tidegate.templates;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The console takes what the pipelines take, and refuses what they refuse. */
class ParameterExpressionsTest {
  @ParameterizedTest
  @CsvSource({
    "STREAMING, inputSubscription, projects/some-project/subscriptions/events-1",
    "STREAMING, inputSubscription, projects/example.com:some-project/subscriptions/events",
    "STREAMING, defaultTenant, 'Ä tenant'",
    "STREAMING, defaultSource, terminal49",
    "STREAMING, dedupeWindow, 90s",
    "STREAMING, dedupeWindow, 250ms",
    "STREAMING, ledgerRetention, 0",
    "STREAMING, ledgerRetention, 30d",
    "STREAMING, deadLetterTopic, projects/some-project/topics/dead-letters",
    "STREAMING, archiveDataset, tide_gate2",
    "STREAMING, archiveDataset, some-project:tidegate",
    "STREAMING, archiveDataset, example.com:some-project.tidegate",
    "STREAMING, jdbcUrl, jdbc:postgresql://one,two/tidegate?targetServerType=primary",
    "STREAMING, jdbcPoolSize, 1",
    "STREAMING, jdbcStatementTimeout, 2m",
    "STREAMING, jdbcLockTimeout, 5s",
    "STREAMING, jdbcPasswordSecret, projects/p/secrets/s/versions/7",
    "STREAMING, stampKey, projects/p/secrets/s/versions/latest",
    "REPLAY, stampKey, env:TIDEGATE_STAMP_KEY",
    "STREAMING, batchRows, 1",
    "STREAMING, batchRows, 10000",
    "STREAMING, batchBytes, 268435456",
    "STREAMING, batchWait, 100ms",
    "STREAMING, batchShards, 1000",
    "REPLAY, archiveDataset, tidegate",
    "REPLAY, outputTopic, projects/some-project/topics/events",
    "REPLAY, fromTime, 2026-01-31",
    "REPLAY, fromTime, 2026-01-31T10:00:00Z",
    "REPLAY, toTime, 2026-01-31T10:00:00.123+02:00",
    "REPLAY, rate, 0.5",
    "STREAMING, handlerAttempts, 20",
    "REPLAY, effects, missing",
    "REPLAY, replayId, again-1"
  })
  void takeWhatThePipelinesTake(Template template, String name, String value) {
    assertThat(value).matches(regex(template, name));
    Launch launch = Launch.of(template).with(name, value);
    // Without a project in its name, a dataset is in the job's.
    assertThat(launch.with("project", "some-project").mistakes()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "STREAMING, inputSubscription, events",
    "STREAMING, inputSubscription, projects/some-project/topics/events",
    "STREAMING, inputSubscription, projects/p/subscriptions/events",
    "STREAMING, inputSubscription, projects/some-project/subscriptions/9events",
    "STREAMING, inputSubscription, projects/some-project/subscriptions/events/more",
    "STREAMING, defaultTenant, ' '",
    "STREAMING, defaultSource, ' '",
    "STREAMING, dedupeWindow, 0m",
    "STREAMING, handlerAttempts, 0",
    "STREAMING, handlerAttempts, 21",
    "REPLAY, effects, some",
    "STREAMING, dedupeWindow, 10",
    "STREAMING, dedupeWindow, 1.5h",
    "STREAMING, dedupeWindow, PT10M",
    "STREAMING, dedupeWindow, 1234567890s",
    "STREAMING, ledgerRetention, 0d",
    "STREAMING, ledgerRetention, for ever",
    "STREAMING, deadLetterTopic, dead-letters",
    "STREAMING, archiveDataset, a-b",
    "STREAMING, archiveDataset, P.d",
    "STREAMING, archiveDataset, p:d:e",
    "STREAMING, jdbcUrl, jdbc:mysql://db/tidegate",
    "STREAMING, jdbcPoolSize, 0",
    "STREAMING, jdbcStatementTimeout, 30",
    "STREAMING, jdbcLockTimeout, 0s",
    "STREAMING, batchRows, 0",
    "STREAMING, batchRows, 10001",
    "STREAMING, batchBytes, 0",
    "STREAMING, batchWait, soon",
    "STREAMING, batchShards, 1001",
    "REPLAY, archiveDataset, a`b",
    "REPLAY, outputTopic, events",
    "REPLAY, fromTime, yesterday",
    "REPLAY, toTime, 2026-01-31T10:00:00",
    "REPLAY, rate, -1",
    "REPLAY, replayId, ' '",
    "REPLAY, errorClasses, WRONG"
  })
  void refuseWhatThePipelinesRefuse(Template template, String name, String value) {
    assertThat(value).doesNotMatch(regex(template, name));
    assertThat(Launch.of(template).with(name, value).mistakes()).contains("--" + name);
  }

  private static String regex(Template template, String name) {
    return template.parameters().stream()
        .filter(parameter -> parameter.name().equals(name))
        .map(TemplateParameter::regex)
        .findAny()
        .orElseThrow();
  }
}
