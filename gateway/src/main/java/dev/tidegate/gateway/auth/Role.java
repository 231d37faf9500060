package dev.tidegate.gateway.auth;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** What a caller may do beyond sending events and seeing its own. */
public enum Role {
  /** Sees every event of its tenant, and what became of it, and changes nothing. */
  VIEWER,
  /** Sees the tasks of its tenant, and works them off: an agent, for example. */
  WORKER,
  /** Sees every event of its tenant, and looks after failures there. */
  OPERATOR,
  /** The same for every tenant. */
  PLATFORM_OPERATOR;

  /** What a token or a configuration calls it: {@code platform_operator}, for example. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The role that is called {@code label}; empty for any other word. */
  public static Optional<Role> labelled(String label) {
    return Arrays.stream(values()).filter(role -> role.label().equals(label)).findFirst();
  }
}
