package dev.tidegate.gateway.webhooks;

/** Where a request tells something of its event. */
public sealed interface Place {
  /**
   * In its body.
   *
   * @param pointer a JSON pointer
   */
  record Body(String pointer) implements Place {}

  /**
   * In a header. A signature of the body alone does not cover it.
   *
   * @param name the header's
   */
  record Header(String name) implements Place {}
}
