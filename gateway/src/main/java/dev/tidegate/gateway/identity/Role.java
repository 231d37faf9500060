package dev.tidegate.gateway.identity;

/** What a caller may do beyond sending events and seeing its own. */
public enum Role {
  /** Sees every event of its tenant, and looks after failures there. */
  OPERATOR,
  /** The same for every tenant. */
  PLATFORM_OPERATOR
}
