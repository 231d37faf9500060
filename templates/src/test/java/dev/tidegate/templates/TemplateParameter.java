package dev.tidegate.templates;

import java.util.List;
import org.checkerframework.checker.nullness.qual.Nullable;

/**
 * What a template's metadata say of an option beyond what the option's interface does.
 *
 * @param name the option's
 * @param label its heading in the console
 * @param group under which it stands there
 * @param required whether no job can run on Dataflow without it
 * @param regex what every value matches; null for any
 * @param parent the option that decides whether this one is shown; null for none
 * @param triggers the parent's values with which it is shown
 */
record TemplateParameter(
    String name,
    String label,
    String group,
    boolean required,
    @Nullable String regex,
    @Nullable String parent,
    List<String> triggers) {
  static TemplateParameter of(String group, String name, String label) {
    return new TemplateParameter(name, label, group, false, null, null, List.of());
  }

  TemplateParameter mustBeGiven() {
    return new TemplateParameter(name, label, group, true, regex, parent, triggers);
  }

  /** Google's checks have no counts above 1,000, and no look-ahead. */
  TemplateParameter matching(String expression) {
    return new TemplateParameter(
        name, label, group, required, "^" + expression + "$", parent, triggers);
  }

  TemplateParameter shownWith(String otherParameter, String... values) {
    return new TemplateParameter(
        name, label, group, required, regex, otherParameter, List.of(values));
  }
}
