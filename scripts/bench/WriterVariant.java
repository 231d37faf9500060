package dev.tidegate.transforms.postgresql;

import dev.tidegate.transforms.handlers.EventSources;
import dev.tidegate.transforms.postgresql.EventWriter.Extra;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** What a writer keeps beside the rows: only this package may leave some of it out. */
public enum WriterVariant {
  ROWS("rows and ledger alone", false),
  FIGURES("... and figures, attempts", false, Extra.FIGURES),
  ABOUT("... and about, without its index", false, Extra.FIGURES, Extra.ABOUT),
  ALL("... and its index: all there is", true, Extra.FIGURES, Extra.ABOUT);

  public final String label;
  public final boolean isIndexed;
  private final Set<Extra> extras = EnumSet.noneOf(Extra.class);

  WriterVariant(String label, boolean isIndexed, Extra... extras) {
    this.label = label;
    this.isIndexed = isIndexed;
    this.extras.addAll(Set.of(extras));
  }

  /** A writer that keeps just this. */
  public EventWriter writer(ConnectionPool pool) {
    return new EventWriter(
        pool,
        new TransientRetry(() -> {}),
        EventSources.installed().tables(),
        EventSources.of(List.of()),
        true,
        extras);
  }
}
