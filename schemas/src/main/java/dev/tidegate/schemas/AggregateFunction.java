package dev.tidegate.schemas;

import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;

/** The functions of a {@link View}'s columns. All of them leave out nulls. */
public enum AggregateFunction {
  SUM(EnumSet.of(ColumnType.BIGINT, ColumnType.NUMERIC)),
  COUNT(EnumSet.allOf(ColumnType.class)),
  MIN(
      EnumSet.of(
          ColumnType.TEXT,
          ColumnType.BIGINT,
          ColumnType.NUMERIC,
          ColumnType.TIMESTAMPTZ,
          ColumnType.DATE)),
  MAX(MIN.types);

  private final Set<ColumnType> types;

  AggregateFunction(Set<ColumnType> types) {
    this.types = types;
  }

  /** As SQL and the files of sources name it. */
  public String sqlName() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * The type of what it gives.
   *
   * @throws IllegalArgumentException where it takes no values of the type {@code of}
   */
  public ColumnType typeOver(ColumnType of) {
    if (!types.contains(of)) {
      throw new IllegalArgumentException(
          "%s takes no column of the type %s".formatted(sqlName(), of.sqlName()));
    }
    return switch (this) {
      case SUM -> ColumnType.NUMERIC;
      case COUNT -> ColumnType.BIGINT;
      case MIN, MAX -> of;
    };
  }
}
