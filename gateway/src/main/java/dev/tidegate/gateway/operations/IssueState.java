package dev.tidegate.gateway.operations;

import java.util.Locale;

/** What operators make of dead letters that share a fingerprint. */
enum IssueState {
  OPEN,
  ACKNOWLEDGED,
  RESOLVED,
  IGNORED;

  /** What the API calls it. */
  String written() {
    return name().toLowerCase(Locale.ROOT);
  }
}
