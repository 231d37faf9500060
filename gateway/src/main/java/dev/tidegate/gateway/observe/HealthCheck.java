package dev.tidegate.gateway.observe;

import java.util.Optional;
import java.util.function.Supplier;

/**
 * Something besides the gateway's own checks.
 *
 * @param name how {@code /health} and {@code /readyz?exclude=} call it
 * @param problem why it does not work now, in words that hold no secret; empty where it does. Asked
 *     often, so it must answer at once.
 * @param isNeeded whether it must work before {@code /readyz} says "READY"; otherwise {@code
 *     /health} tells of it
 */
public record HealthCheck(String name, Supplier<Optional<String>> problem, boolean isNeeded) {
  /** One that must work before the gateway is ready. */
  public HealthCheck(String name, Supplier<Optional<String>> problem) {
    this(name, problem, true);
  }
}
