package dev.tidegate.gateway.observe;

import java.util.Optional;
import java.util.function.Supplier;

/**
 * Something besides the gateway's own checks that must work before {@code /readyz} says "READY".
 *
 * @param name how {@code /health} and {@code /readyz?exclude=} call it
 * @param problem why it does not work now, in words that hold no secret; empty where it does. Asked
 *     often, so it must answer at once.
 */
public record HealthCheck(String name, Supplier<Optional<String>> problem) {}
