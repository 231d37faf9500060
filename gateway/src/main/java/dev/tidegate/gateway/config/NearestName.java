package dev.tidegate.gateway.config;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Comparator;
import java.util.Set;
import java.util.TreeSet;

/** Guesses what someone meant to write. */
final class NearestName {
  private NearestName() {}

  /** A question after the one of {@code properties} that is nearest; else all that are known. */
  static String hint(String written, JsonNode properties) {
    Set<String> known = new TreeSet<>();
    properties.fieldNames().forEachRemaining(known::add);
    return known.stream()
        .min(Comparator.comparingInt((String name) -> changes(written, name)))
        .filter(name -> changes(written, name) <= Math.max(2, name.length() / 3))
        .map(nearest -> "; did you mean " + nearest + "?")
        .orElseGet(() -> "; known are " + String.join(", ", known));
  }

  /** Levenshtein's distance, whatever the case. */
  private static int changes(String from, String to) {
    int[] row = new int[to.length() + 1];
    for (int j = 0; j <= to.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= from.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= to.length(); j++) {
        boolean same =
            Character.toLowerCase(from.charAt(i - 1)) == Character.toLowerCase(to.charAt(j - 1));
        int replaced = diagonal + (same ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(replaced, 1 + Math.min(row[j], row[j - 1]));
      }
    }
    return row[to.length()];
  }
}
