package dev.tidegate.gateway.config;

/** A configuration that cannot be used; the message tells every mistake and where it is. */
public final class ConfigurationException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  ConfigurationException(String message) {
    // No cause: a parser's message quotes the file, and someone may have put a secret there.
    super(message);
  }
}
