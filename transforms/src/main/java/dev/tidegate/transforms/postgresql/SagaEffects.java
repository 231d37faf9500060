package dev.tidegate.transforms.postgresql;

import static java.util.stream.Collectors.joining;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.tidegate.schemas.Effect;
import dev.tidegate.schemas.EffectMode;
import dev.tidegate.schemas.EventId;
import dev.tidegate.schemas.Json;
import dev.tidegate.transforms.handlers.saga.SagaFold;
import dev.tidegate.transforms.handlers.saga.SagaFold.Deadline;
import dev.tidegate.transforms.handlers.saga.SagaFold.ImpliedEffect;
import dev.tidegate.transforms.handlers.saga.SagaFold.LastEvent;
import dev.tidegate.transforms.postgresql.EffectStatement.Issue;
import dev.tidegate.transforms.postgresql.SagaStatement.Instance;
import dev.tidegate.transforms.postgresql.SagaStatement.Key;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.checkerframework.checker.nullness.qual.Nullable;

/**
 * Makes the effects and deadlines of sagas' instances what their folds say.
 *
 * <p>An effect that is implied is issued; one that is not implied any more is taken back. As long
 * as it is not done that cancels it: an event that waits in the outbox, a task that nobody has
 * finished. What is done is compensated: the effect that undoes it is issued under the key {@code
 * KEY#compensation}. Should the first be implied again then, and its compensation has not left yet,
 * that is cancelled; else the effect is issued anew, under the key {@code KEY#2}, and so on.
 *
 * <p>An effect that is not done says what the last fold says. One that is done stays as it was
 * done: its key tells that it is the same.
 */
final class SagaEffects {
  private static final String READ =
      """
      SELECT number, effect_id, effect_key, kind, status, compensation
      FROM unnest(?::text[], ?::text[], ?::text[], ?::text[])
        WITH ORDINALITY AS wanted (tenant_id, source, saga, cause, number)
      JOIN effects USING (tenant_id, source, cause)
      WHERE handler = 'saga:' || saga
      """;

  private static final String WITHDRAW_EVENTS =
      """
      WITH withdrawn AS (
        DELETE FROM outbox USING unnest(?::text[], ?::uuid[]) AS wanted (tenant_id, effect_id)
        WHERE outbox.tenant_id = wanted.tenant_id AND event_id = effect_id
        RETURNING wanted.tenant_id, effect_id),
      unsaid AS (
        DELETE FROM notices USING withdrawn
        WHERE notices.tenant_id = withdrawn.tenant_id AND notice_id = effect_id)
      SELECT effect_id FROM withdrawn
      """;

  private static final String WITHDRAW_TASKS =
      """
      UPDATE tasks SET
        status = 'CANCELLED', leased_until = NULL, updated_at = now(), finished_at = now()
      FROM unnest(?::text[], ?::uuid[]) AS wanted (tenant_id, effect_id)
      WHERE tasks.tenant_id = wanted.tenant_id AND task_id = effect_id
        AND status IN ('OPEN', 'CLAIMED')
      RETURNING effect_id
      """;

  /** By a new snapshot: a worker may have settled the task while it was waited for. */
  private static final String FIND_UNDONE_TASKS =
      """
      SELECT effect_id
      FROM tasks JOIN unnest(?::text[], ?::uuid[]) AS wanted (tenant_id, effect_id)
        ON tasks.tenant_id = wanted.tenant_id AND task_id = effect_id
      WHERE status IN ('FAILED', 'CANCELLED')
      """;

  private static final String SET_STATUS =
      """
      UPDATE effects SET status = new.status, updated_at = now()
      FROM unnest(?::text[], ?::text[], ?::text[], ?::uuid[], ?::text[])
        AS new (tenant_id, source, cause, effect_id, status)
      WHERE effects.tenant_id = new.tenant_id AND effects.source = new.source
        AND effects.cause = new.cause AND effects.effect_id = new.effect_id
      """;

  /**
   * A deadline of which the relay was told stays until its event has come, so that it is not told
   * again. A rebuild has told nobody.
   */
  private static final String CLEAR_DEADLINES =
      """
      DELETE FROM saga_deadlines old
      USING unnest(?::text[], ?::text[], ?::text[], ?::text[], ?::text[])
        AS folded (tenant_id, source, saga, instance, rebuilt)
      WHERE old.tenant_id = folded.tenant_id AND old.source = folded.source
        AND old.saga = folded.saga AND old.instance = folded.instance
        AND old.event_id <> ALL (?::uuid[])
        AND (emitted_at IS NULL OR rebuilt IS NOT NULL OR EXISTS (
          SELECT FROM saga_events come
          WHERE come.tenant_id = old.tenant_id AND come.source = old.source
            AND come.saga = old.saga AND come.instance = old.instance
            AND come.notification_id = old.event_id::text))
      """;

  private static final String SET_DEADLINES =
      """
      INSERT INTO saga_deadlines AS old (
        tenant_id, source, saga, instance, deadline, due_at, event_id, depth, emitted_at)
      SELECT
        tenant_id, source, saga, instance, deadline, due_at, event_id, depth::smallint,
        CASE WHEN rebuilt IS NOT NULL AND due_at <= now() THEN now() END
      FROM unnest(
        ?::text[], ?::text[], ?::text[], ?::text[], ?::text[], ?::timestamptz[], ?::uuid[],
        ?::text[], ?::text[])
        AS new (tenant_id, source, saga, instance, deadline, due_at, event_id, depth, rebuilt)
      ON CONFLICT (tenant_id, source, saga, instance, deadline, due_at) DO UPDATE SET
        depth = EXCLUDED.depth
      WHERE old.depth <> EXCLUDED.depth AND old.emitted_at IS NULL
      """;

  private final Connection connection;
  private final List<Issue> issues = new ArrayList<>();
  private final List<Issue> refreshed = new ArrayList<>();
  private final Map<Known, Status> statuses = new LinkedHashMap<>();

  SagaEffects(Connection connection) {
    this.connection = connection;
  }

  private enum Status {
    ISSUED,
    SUPPRESSED,
    CANCELLED,
    COMPENSATED
  }

  /** An effect that was issued before, or was not to be. */
  private record Known(
      Key key, UUID id, Effect.Kind kind, Status status, Optional<Effect> compensation) {}

  /** What may have become of an effect that was to be taken back. */
  private record Withdrawal(Set<UUID> cancelled) {
    boolean isDone(Known effect) {
      return !cancelled.contains(effect.id);
    }
  }

  /** All that is known of one key of an instance. */
  private static final class Course {
    private final Instance instance;
    private final String key;
    private @Nullable ImpliedEffect implied;

    /** How often the effect was issued anew, and what is known of the last of these. */
    private int generation = 1;

    private @Nullable Known effect;
    private @Nullable Known compensation;

    Course(Instance instance, String key) {
      this.instance = instance;
      this.key = key;
    }

    void add(String effectKey, Known known) {
      String rest = effectKey.substring(key.length());
      boolean isCompensation = rest.endsWith(SagaFold.COMPENSATION);
      String number =
          isCompensation ? rest.substring(0, rest.length() - SagaFold.COMPENSATION.length()) : rest;
      int of = number.isEmpty() ? 1 : Integer.parseInt(number.substring(1));
      if (of > generation) {
        generation = of;
        effect = null;
        compensation = null;
      }
      if (of == generation && isCompensation) {
        compensation = known;
      } else if (of == generation) {
        effect = known;
      }
    }

    String keyOf(int number) {
      return number == 1 ? key : key + SagaFold.RESERVED + number;
    }

    boolean isIssued() {
      return effect != null && effect.status == Status.ISSUED;
    }

    /** What is taken back, if that can be done: the effect, or what undoes it. */
    Optional<Known> withdrawn() {
      if (isIssued() && (implied == null || implied.effect().kind() != effect.kind)) {
        return Optional.of(effect);
      }
      boolean isUndone = effect != null && effect.status == Status.COMPENSATED && implied != null;
      return Optional.ofNullable(compensation)
          .filter(any -> isUndone && compensation.status == Status.ISSUED);
    }
  }

  /** Makes them so. */
  void become(List<Instance> instances) throws SQLException {
    if (instances.isEmpty()) {
      return;
    }
    List<Course> courses = read(instances);
    Withdrawal withdrawal =
        withdraw(courses.stream().flatMap(course -> course.withdrawn().stream()).toList());
    for (Course course : courses) {
      if (course.implied == null) {
        takeBack(course, withdrawal);
      } else {
        keep(course, course.implied, withdrawal);
      }
    }
    setStatuses();
    EffectStatement.issue(connection, issues);
    EffectStatement.refresh(connection, refreshed);
    setDeadlines(instances);
  }

  private List<Course> read(List<Instance> instances) throws SQLException {
    List<Map<String, Course>> courses = new ArrayList<>();
    for (Instance instance : instances) {
      Map<String, Course> ofInstance = new LinkedHashMap<>();
      for (ImpliedEffect implied : instance.fold().effects()) {
        Course course = new Course(instance, implied.effect().key());
        course.implied = implied;
        ofInstance.put(course.key, course);
      }
      courses.add(ofInstance);
    }
    try (PreparedStatement statement = connection.prepareStatement(READ)) {
      SagaStatement.bind(statement, instances);
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          int number = rows.getInt("number") - 1;
          Instance instance = instances.get(number);
          String effectKey = rows.getString("effect_key");
          courses
              .get(number)
              .computeIfAbsent(
                  effectKey.split(SagaFold.RESERVED, 2)[0], key -> new Course(instance, key))
              .add(effectKey, read(instance.key(), rows));
        }
      }
    }
    return courses.stream().flatMap(ofInstance -> ofInstance.values().stream()).toList();
  }

  private static Known read(Key key, ResultSet row) throws SQLException {
    String compensation = row.getString("compensation");
    try {
      return new Known(
          key,
          row.getObject("effect_id", UUID.class),
          Effect.Kind.valueOf(row.getString("kind")),
          Status.valueOf(row.getString("status")),
          compensation == null
              ? Optional.empty()
              : Optional.of(Effect.read(Json.mapper().readTree(compensation))));
    } catch (JsonProcessingException impossible) {
      throw new IllegalStateException("jsonb is JSON", impossible);
    }
  }

  private void takeBack(Course course, Withdrawal withdrawal) {
    Known effect = course.effect;
    if (effect == null) {
      return;
    }
    if (effect.status == Status.SUPPRESSED) {
      statuses.put(effect, Status.CANCELLED);
    } else if (effect.status == Status.ISSUED && !withdrawal.isDone(effect)) {
      statuses.put(effect, Status.CANCELLED);
    } else if (effect.status == Status.ISSUED) {
      statuses.put(effect, Status.COMPENSATED);
      effect.compensation.ifPresent(undoing -> compensate(course, undoing));
    }
  }

  private void compensate(Course course, Effect undoing) {
    SagaFold fold = course.instance.fold();
    LastEvent last = fold.last().orElseThrow();
    issue(
        course.instance,
        course.compensation,
        new ImpliedEffect(
            undoing.toBuilder()
                .key(course.keyOf(course.generation) + SagaFold.COMPENSATION)
                .build(),
            last.id(),
            last.asOf(),
            fold.depth() + 1),
        course.instance.mode());
  }

  private void keep(Course course, ImpliedEffect implied, Withdrawal withdrawal) {
    Known effect = course.effect;
    EffectMode mode = course.instance.modeOf(implied);
    if (effect == null) {
      issue(course, course.generation, null, implied, mode);
      return;
    }
    switch (effect.status) {
      case ISSUED -> {
        boolean isReplaced = effect.kind != implied.effect().kind() && !withdrawal.isDone(effect);
        if (isReplaced || mode == EffectMode.ALL) {
          issue(course, course.generation, effect, implied, mode);
        } else if (effect.kind == implied.effect().kind()) {
          refreshed.add(
              issueOf(course.instance, keyed(implied, course.keyOf(course.generation)), mode));
        }
      }
      case SUPPRESSED -> {
        if (mode == EffectMode.ALL) {
          issue(course, course.generation, effect, implied, mode);
        }
      }
      case CANCELLED -> issue(course, course.generation, effect, implied, mode);
      case COMPENSATED -> {
        Known undoing = course.compensation;
        boolean isUndone =
            undoing != null && undoing.status == Status.ISSUED && withdrawal.isDone(undoing);
        if (isUndone) {
          issue(course, course.generation + 1, null, implied, mode);
        } else {
          // It was done, and nothing has undone it: so it stands again.
          statuses.put(effect, Status.ISSUED);
          if (undoing != null) {
            statuses.put(undoing, Status.CANCELLED);
          }
        }
      }
    }
  }

  private void issue(
      Course course,
      int generation,
      @Nullable Known known,
      ImpliedEffect implied,
      EffectMode mode) {
    issue(course.instance, known, keyed(implied, course.keyOf(generation)), mode);
  }

  /**
   * Issues an effect.
   *
   * @param known what became of it before; null where it is new
   */
  private void issue(
      Instance instance, @Nullable Known known, ImpliedEffect implied, EffectMode mode) {
    if (known == null) {
      issues.add(issueOf(instance, implied, mode));
    } else if (mode == EffectMode.NONE) {
      statuses.put(known, Status.SUPPRESSED);
    } else {
      issues.add(issueOf(instance, implied, EffectMode.ALL));
    }
  }

  private static ImpliedEffect keyed(ImpliedEffect implied, String key) {
    return implied.effect().key().equals(key)
        ? implied
        : new ImpliedEffect(
            implied.effect().toBuilder().key(key).build(),
            implied.event(),
            implied.asOf(),
            implied.depth());
  }

  private static Issue issueOf(Instance instance, ImpliedEffect implied, EffectMode mode) {
    Key key = instance.key();
    return new Issue(
        key.tenantId(),
        key.source(),
        key.instance(),
        key.handler(),
        implied.effect(),
        EventId.of(key.tenantId(), key.source(), implied.event()),
        implied.depth(),
        implied.asOf(),
        mode);
  }

  /** Cancels those of {@code effects} that are not done. */
  private Withdrawal withdraw(List<Known> effects) throws SQLException {
    EnumSet<Effect.Kind> events = EnumSet.complementOf(EnumSet.of(Effect.Kind.TASK));
    Set<UUID> cancelled = new HashSet<>();
    cancelled.addAll(
        run(WITHDRAW_EVENTS, effects.stream().filter(each -> events.contains(each.kind)).toList()));
    List<Known> tasks = effects.stream().filter(each -> !events.contains(each.kind)).toList();
    cancelled.addAll(run(WITHDRAW_TASKS, tasks));
    cancelled.addAll(
        run(
            FIND_UNDONE_TASKS,
            tasks.stream().filter(task -> !cancelled.contains(task.id)).toList()));
    return new Withdrawal(cancelled);
  }

  /** The IDs that the statement {@code sql} gives of {@code effects}. */
  private Set<UUID> run(String sql, List<Known> effects) throws SQLException {
    Set<UUID> ids = new HashSet<>();
    if (!effects.isEmpty()) {
      try (PreparedStatement statement = connection.prepareStatement(sql)) {
        BatchParameters batch = new BatchParameters(statement, effects.size());
        batch.texts(i -> effects.get(i).key.tenantId());
        batch.uuids(i -> effects.get(i).id);
        try (ResultSet rows = statement.executeQuery()) {
          while (rows.next()) {
            ids.add(rows.getObject(1, UUID.class));
          }
        }
      }
    }
    return ids;
  }

  private void setStatuses() throws SQLException {
    if (statuses.isEmpty()) {
      return;
    }
    List<Map.Entry<Known, Status>> rows = List.copyOf(statuses.entrySet());
    try (PreparedStatement statement = connection.prepareStatement(SET_STATUS)) {
      BatchParameters batch = new BatchParameters(statement, rows.size());
      batch.texts(i -> rows.get(i).getKey().key.tenantId());
      batch.texts(i -> rows.get(i).getKey().key.source());
      batch.texts(i -> rows.get(i).getKey().key.instance());
      batch.uuids(i -> rows.get(i).getKey().id);
      batch.texts(i -> rows.get(i).getValue().name());
      statement.executeUpdate();
    }
  }

  private void setDeadlines(List<Instance> instances) throws SQLException {
    record Row(Instance instance, Deadline deadline) {
      UUID eventId() {
        Key key = instance.key();
        return EventId.ofEffect(
            key.tenantId(),
            key.source(),
            key.instance(),
            key.handler(),
            "%sdeadline/%s/%s".formatted(SagaFold.RESERVED, deadline.name(), deadline.due()));
      }
    }
    List<Row> rows = new ArrayList<>();
    for (Instance instance : instances) {
      instance.fold().deadlines().forEach(deadline -> rows.add(new Row(instance, deadline)));
    }
    try (PreparedStatement statement = connection.prepareStatement(CLEAR_DEADLINES)) {
      SagaStatement.bind(statement, instances)
          .texts(i -> instances.get(i).mode() == EffectMode.NONE ? "t" : null);
      statement.setString(
          6, rows.stream().map(row -> row.eventId().toString()).collect(joining(",", "{", "}")));
      statement.executeUpdate();
    }
    if (rows.isEmpty()) {
      return;
    }
    try (PreparedStatement statement = connection.prepareStatement(SET_DEADLINES)) {
      BatchParameters batch = new BatchParameters(statement, rows.size());
      batch.texts(i -> rows.get(i).instance.key().tenantId());
      batch.texts(i -> rows.get(i).instance.key().source());
      batch.texts(i -> rows.get(i).instance.key().saga());
      batch.texts(i -> rows.get(i).instance.key().instance());
      batch.texts(i -> rows.get(i).deadline.name());
      batch.times(i -> rows.get(i).deadline.due());
      batch.uuids(i -> rows.get(i).eventId());
      batch.texts(i -> Integer.toString(rows.get(i).deadline.depth()));
      batch.texts(i -> rows.get(i).instance.mode() == EffectMode.NONE ? "t" : null);
      statement.executeUpdate();
    }
  }
}
