package dev.tidegate.transforms.convergence;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A resource as a notification includes it.
 *
 * @param kind its kind
 * @param number which of its kind
 * @param said of each of the kind's attribute groups
 * @param links of each of the kind's relations
 */
record SampleResource(ResourceKind kind, int number, List<Said> said, List<Link> links) {
  /** Names what is said of it, and nothing else. */
  @Override
  public String toString() {
    List<String> words = new ArrayList<>();
    for (int i = 0; i < said.size(); i++) {
      if (said.get(i) != Said.NOTHING) {
        words.add(kind.groups().get(i).name() + "=" + lowerCase(said.get(i)));
      }
    }
    for (int i = 0; i < links.size(); i++) {
      if (links.get(i) != Link.NOT_MENTIONED) {
        words.add(kind.relations().get(i).name() + " " + lowerCase(links.get(i)));
      }
    }
    return "%s %s{%s}".formatted(kind.type(), kind.id(number), String.join(", ", words));
  }

  private static String lowerCase(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }
}
