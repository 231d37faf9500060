package dev.tidegate.gateway.operations;

/** What operators do that is written down. */
public enum AuditAction {
  REPLAY_EVENT,
  DISCARD_EVENT,
  START_REPLAY,
  PAUSE_REPLAY,
  RESUME_REPLAY,
  CANCEL_REPLAY,
  SET_ISSUE_STATE
}
