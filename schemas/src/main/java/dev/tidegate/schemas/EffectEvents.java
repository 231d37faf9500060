package dev.tidegate.schemas;

import java.util.List;

/**
 * The types of the events by which Tidegate itself tells of tasks, sagas and notices. Gateway and
 * pipeline both write and read them.
 */
public final class EffectEvents {
  /** What these types begin with. No source may emit such an event. */
  public static final List<String> PREFIXES = List.of("task.", "saga.", "notice.");

  /** The event that a deadline has passed. */
  public static final String SAGA_DEADLINE = "saga.deadline";

  /** An operator's event that ends an instance. */
  public static final String SAGA_CANCEL = "saga.cancel";

  /** An operator's event that has an instance folded again. It is in no set. */
  public static final String SAGA_RETRY = "saga.retry";

  /** The event that tells of a notice. */
  public static final String NOTICE_CREATED = "notice.created";

  private EffectEvents() {}

  /** Whether {@code type} is one of theirs. */
  public static boolean haveType(String type) {
    return PREFIXES.stream().anyMatch(type::startsWith);
  }
}
