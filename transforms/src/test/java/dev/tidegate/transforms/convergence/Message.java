package dev.tidegate.transforms.convergence;

import java.util.Map;

/**
 * What a sender sent.
 *
 * @param name what failures call it, short
 * @param body the request's body
 * @param attributes what the gateway read beside it
 */
record Message(String name, String body, Map<String, String> attributes) {
  /** A message whose body says all. */
  Message(String name, String body) {
    this(name, body, Map.of());
  }
}
