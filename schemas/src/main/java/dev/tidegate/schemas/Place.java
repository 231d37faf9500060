package dev.tidegate.schemas;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.core.JsonPointer;
import java.util.Locale;
import org.checkerframework.checker.nullness.qual.Nullable;

/**
 * Where an event tells something of itself: {@code body:} and a JSON pointer, {@code header:} and
 * the name of a header of its request, or {@code attribute:} and the name of an attribute of its
 * message.
 *
 * @param pointer into the body; null elsewhere
 * @param header the header's name; empty elsewhere
 * @param attribute the message's attribute, for a header the one that keeps it; empty in the body
 */
public record Place(@Nullable JsonPointer pointer, String header, String attribute) {
  private static final String HEADER_ATTRIBUTE = "header.";

  /** The place that {@code text} names, as a source's file writes it. */
  @JsonCreator
  public static Place of(String text) {
    String[] parts = text.split(":", 2);
    return switch (parts[0]) {
      case "body" -> new Place(JsonPointer.compile(parts[1]), "", "");
      case "header" -> new Place(null, parts[1], attributeOf(parts[1]));
      default -> new Place(null, "", parts[1]);
    };
  }

  /** The attribute in which the gateway keeps a header. */
  public static String attributeOf(String header) {
    return HEADER_ATTRIBUTE + header.toLowerCase(Locale.ROOT);
  }

  public boolean isInBody() {
    return pointer != null;
  }

  public boolean isHeader() {
    return !header.isEmpty();
  }

  @Override
  public String toString() {
    return isInBody()
        ? "body:" + pointer
        : isHeader() ? "header:" + header : "attribute:" + attribute;
  }
}
