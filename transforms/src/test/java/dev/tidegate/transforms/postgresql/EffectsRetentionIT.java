package dev.tidegate.transforms.postgresql;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidegate.schemas.Effect;
import dev.tidegate.schemas.Event;
import dev.tidegate.schemas.EventAttributes;
import dev.tidegate.schemas.TransformedEvent;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How long effects are remembered, and that nothing is caused again that is forgotten. */
class EffectsRetentionIT extends RetentionFixture {
  private static final int LONG_AGO = -40;
  private static final int OF_LATE = -10;

  @BeforeEach
  void emptyEffects() throws SQLException {
    DATABASE.execute(
        "TRUNCATE effects, effects_horizon, outbox, tasks, notices, saga_instances, saga_events,"
            + " saga_deadlines, things");
  }

  @Test
  void anEffectIsRememberedAsLongAsItsCauseIsInTheLedger() throws SQLException {
    ledgerRow("n-1", LONG_AGO);
    ledgerRow("n-2", OF_LATE);
    ledgerRow("n-3", LONG_AGO);
    letter("n-3", "OPEN");
    for (String cause : List.of("n-1", "n-2", "n-3", "n-4")) {
      effect(cause, "thing.changed", "EVENT", LONG_AGO);
    }
    effect("n-5", "thing.changed", "EVENT", OF_LATE);
    run();
    assertThat(causes("effects")).isEqualTo("n-2 n-3 n-5");
  }

  @Test
  void whatWaitsToBePublishedOrDoneKeepsItsEffect() throws SQLException {
    effect("n-1", "thing.changed", "EVENT", LONG_AGO);
    DATABASE.execute(
        "INSERT INTO outbox (tenant_id, event_id, source, event_type, aggregate, payload)"
            + " SELECT tenant_id, effect_id, source, effect_type, 'a', '{}' FROM effects");
    task("n-2", "thing.changed", "OPEN", LONG_AGO);
    task("n-3", "thing.changed", "CLAIMED", LONG_AGO);
    task("n-4", "thing.changed", "COMPLETED", OF_LATE);
    for (String status : List.of("COMPLETED", "FAILED", "CANCELLED")) {
      task("gone", "thing.changed", status, LONG_AGO);
    }
    run();
    assertThat(causes("tasks")).isEqualTo("n-2 n-3 n-4");
    assertThat(causes("effects")).isEqualTo("n-1 n-2 n-3 n-4");
  }

  @Test
  void noticesGoUnlessTheyWait() throws SQLException {
    for (String cause : List.of("n-1", "n-2")) {
      DATABASE.execute(
          """
          INSERT INTO notices (tenant_id, notice_id, template, recipient, payload, source, cause,
            created_at)
          VALUES ('acme', gen_random_uuid(), 't', 'r', '{}', 'shop', '%s', now() + interval '%d days')
          """
              .formatted(cause, LONG_AGO));
    }
    DATABASE.execute(
        "INSERT INTO outbox (tenant_id, event_id, source, event_type, aggregate, payload)"
            + " SELECT tenant_id, notice_id, source, 'notice.created', 'a', '{}' FROM notices"
            + " WHERE cause = 'n-1'");
    run();
    assertThat(causes("notices")).isEqualTo("n-1");
  }

  @Test
  void sagasThatEndedGoWithAllThatIsTheirs() throws SQLException {
    saga("completed", "COMPLETED", LONG_AGO, "e-1");
    saga("cancelled", "CANCELLED", LONG_AGO, "e-2");
    saga("active", "ACTIVE", LONG_AGO, "e-3");
    saga("failed", "FAILED", LONG_AGO, "e-4");
    saga("of-late", "COMPLETED", OF_LATE, "e-5");
    saga("known", "COMPLETED", LONG_AGO, "e-6");
    ledgerRow("e-6", OF_LATE);
    saga("busy", "COMPLETED", LONG_AGO, "e-7");
    task("busy", "saga:research", "OPEN", LONG_AGO);
    task("active", "saga:research", "COMPLETED", LONG_AGO);
    for (String instance : List.of("completed", "cancelled", "failed", "of-late", "known")) {
      effect(instance, "saga:research", "EVENT", LONG_AGO);
    }
    run();
    String left = "active busy failed known of-late";
    for (String table : List.of("saga_instances", "saga_events", "saga_deadlines")) {
      assertThat(DATABASE.query("SELECT string_agg(instance, ' ' ORDER BY instance) FROM " + table))
          .as(table)
          .isEqualTo(left);
    }
    assertThat(causes("effects")).isEqualTo(left);
    assertThat(causes("tasks")).as("it may be undone").isEqualTo("active busy");
  }

  @Test
  void manyGoInChunks() throws SQLException {
    for (int i = 0; i < 3 * CHUNK + 1; i++) {
      effect("n-" + i, "thing.changed", "EVENT", LONG_AGO);
    }
    run();
    assertThat(causes("effects")).isNull();
  }

  @Test
  void nothingIsForgottenWhereNothingWasDeleted() throws SQLException {
    ledgerRow("n-1", OF_LATE);
    run();
    assertThat(DATABASE.query("SELECT count(*) FROM effects_horizon")).isEqualTo("0");

    ledgerRow("n-2", LONG_AGO);
    run();
    assertThat(
            DATABASE.query(
                "SELECT received_before BETWEEN now() - interval '31 days'"
                    + " AND now() - interval '29 days' FROM effects_horizon"))
        .isEqualTo("t");
    run(RETENTION.multipliedBy(2), 0);
    ledgerRow("n-3", -70);
    run(RETENTION.multipliedBy(2), 0);
    assertThat(
            DATABASE.query(
                "SELECT received_before > now() - interval '31 days' FROM effects_horizon"))
        .as("it never goes back")
        .isEqualTo("t");
  }

  /** Received forty days ago, or ten; the ledger has forgotten what is older than thirty. */
  @ParameterizedTest
  @CsvSource({
    "-40, true, missing, SUPPRESSED",
    "-40, true, all, ISSUED",
    "-40, true, none, SUPPRESSED",
    "-10, true, missing, ISSUED",
    // It may have waited so long for the pipeline: it is no replay.
    "-40, false, missing, ISSUED"
  })
  void whatIsForgottenIsNotCausedAgainUnlessAllIs(
      int received, boolean isReplay, String mode, String status) throws SQLException {
    ledgerRow("n-0", LONG_AGO);
    run();
    write(event("n-1", received, isReplay, mode));

    assertThat(DATABASE.query("SELECT status FROM effects")).isEqualTo(status);
    assertThat(DATABASE.query("SELECT count(*) FROM outbox"))
        .isEqualTo(status.equals("ISSUED") ? "1" : "0");
    assertThat(DATABASE.query("SELECT count(*) FROM events")).isEqualTo("1");
  }

  @Test
  void aLetterThatIsStillOpenIsNotForgotten() throws SQLException {
    ledgerRow("n-0", LONG_AGO);
    ledgerRow("n-1", LONG_AGO);
    letter("n-1", "OPEN");
    run();
    write(event("n-1", LONG_AGO, true, "missing"));

    assertThat(DATABASE.query("SELECT status FROM effects")).isEqualTo("ISSUED");
  }

  @Test
  void anEventThatCameAndWentIsNotCausedAgain() throws SQLException {
    write(event("n-1", LONG_AGO, false, "missing"));
    DATABASE.execute(
        "DELETE FROM outbox",
        "UPDATE events SET processed_at = now() - interval '40 days'",
        "UPDATE effects SET created_at = now() - interval '40 days'");
    run();
    assertThat(causes("effects")).isNull();
    write(event("n-1", LONG_AGO, true, "missing"));

    assertThat(DATABASE.query("SELECT count(*) FROM outbox")).isEqualTo("0");
  }

  private static Event event(String id, int received, boolean isReplay, String mode) {
    Map<String, String> attributes =
        new HashMap<>(
            Map.of(
                EventAttributes.RECEIVED_AT.attribute(),
                Instant.now().plus(Duration.ofDays(received)).toString(),
                EventAttributes.EFFECTS.attribute(),
                mode));
    if (isReplay) {
      attributes.put(EventAttributes.REPLAY_ID.attribute(), "replay-1");
    }
    return Things.event(id, Things.TIME, "{\"id\":\"" + id + "\"}", attributes);
  }

  private void write(Event event) throws SQLException {
    TransformedEvent transformed =
        new TransformedEvent(
            event,
            true,
            List.of(),
            List.of(Effect.event("thing.followed").key("0").build()),
            List.of(),
            List.of());
    List<String> refused = new ArrayList<>();
    Things.writer(pool, () -> {})
        .write(
            List.of(new EventWriter.Entry(transformed, Instant.now())),
            (entry, reason) -> refused.add(reason));
    assertThat(refused).isEmpty();
  }

  private static void effect(String cause, String handler, String kind, int day)
      throws SQLException {
    DATABASE.execute(
        """
        INSERT INTO effects (tenant_id, effect_id, source, cause, handler, effect_key, kind,
          effect_type, created_at)
        VALUES ('acme', gen_random_uuid(), 'shop', '%s', '%s', 'k', '%s', 't',
          now() + interval '%d days')
        """
            .formatted(cause, handler, kind, day));
  }

  /** A task, and its effect of long ago. */
  private static void task(String cause, String handler, String status, int finished)
      throws SQLException {
    DATABASE.execute(
        """
        WITH effect AS (
          INSERT INTO effects (tenant_id, effect_id, source, cause, handler, effect_key, kind,
            effect_type, created_at)
          VALUES ('acme', gen_random_uuid(), 'shop', '%1$s', '%2$s', 'k', 'TASK', 't',
            now() + interval '%5$d days')
          RETURNING effect_id)
        INSERT INTO tasks (tenant_id, task_id, kind, status, aggregate, payload, source, cause,
          handler, effect_key, finished_at)
        SELECT 'acme', effect_id, 't', '%3$s', 'a', '{}', 'shop', '%1$s', '%2$s', 'k',
          CASE WHEN '%3$s' NOT IN ('OPEN', 'CLAIMED') THEN now() + interval '%4$d days' END
        FROM effect
        """
            .formatted(cause, handler, status, finished, LONG_AGO));
  }

  private static void saga(String instance, String status, int updated, String event)
      throws SQLException {
    DATABASE.execute(
        """
        INSERT INTO saga_instances (tenant_id, source, saga, instance, status, updated_at)
        VALUES ('acme', 'shop', 'research', '%s', '%s', now() + interval '%d days')
        """
            .formatted(instance, status, updated),
        """
        INSERT INTO saga_events (tenant_id, source, saga, instance, notification_id, event_type,
          version, payload)
        VALUES ('acme', 'shop', 'research', '%s', '%s', 'thing.changed', 'v', '\\x00')
        """
            .formatted(instance, event),
        """
        INSERT INTO saga_deadlines (tenant_id, source, saga, instance, deadline, due_at, event_id)
        VALUES ('acme', 'shop', 'research', '%s', 'd', now(), gen_random_uuid())
        """
            .formatted(instance));
  }

  private static String causes(String table) throws SQLException {
    return DATABASE.query("SELECT string_agg(cause, ' ' ORDER BY cause) FROM " + table);
  }
}
