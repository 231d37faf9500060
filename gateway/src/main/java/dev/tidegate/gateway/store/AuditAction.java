package dev.tidegate.gateway.store;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** The operators' actions that are recorded, also when they are refused. */
public enum AuditAction {
  REPLAY_EVENT("/admin/events/{id}/replay", "/process-event", "/process-batch"),
  DISCARD_EVENT("/admin/events/{id}/discard"),
  START_REPLAY("/admin/replays"),
  PAUSE_REPLAY("/admin/replays/{id}/pause"),
  RESUME_REPLAY("/admin/replays/{id}/resume"),
  CANCEL_REPLAY("/admin/replays/{id}/cancel"),
  /** Written down where it is refused only: it changes nothing. */
  PREVIEW_REPLAY("/admin/replays/preview"),
  START_DRY_RUN("/admin/dry-runs"),
  CANCEL_DRY_RUN("/admin/dry-runs/{id}/cancel"),
  SET_ISSUE_STATE("/admin/issues/{fingerprint}"),
  PUBLISH_REFUSED_EVENT("/admin/refused-events/{id}/publish"),
  DISCARD_REFUSED_EVENT("/admin/refused-events/{id}/discard"),

  /** Written down where it is refused only: the task itself tells who works on it. */
  WORK_ON_TASK("/tasks/claim", "/tasks/{id}/extend", "/tasks/{id}/complete", "/tasks/{id}/fail"),
  CANCEL_TASK("/tasks/{id}/cancel"),
  RETRY_SAGA("/sagas/{saga}/{instance}/retry"),
  CANCEL_SAGA("/sagas/{saga}/{instance}/cancel"),
  RETRY_REFUSED_ROW("/admin/relay/refused/{eventId}/retry"),
  DISCARD_REFUSED_ROW("/admin/relay/refused/{eventId}/discard"),

  /** To the console, and out of it. */
  SIGN_IN,
  SIGN_OUT,
  MAKE_SIGN_IN_CODE("/console/codes");

  private final List<String> paths;

  AuditAction(String... paths) {
    this.paths = List.of(paths);
  }

  /** The action that a request which changes something asks for at {@code path}. */
  public static Optional<AuditAction> at(String path) {
    return Arrays.stream(values()).filter(action -> action.paths.contains(path)).findFirst();
  }
}
