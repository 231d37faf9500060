package dev.tidegate.schemas;

import java.io.Serializable;

/**
 * A column of a {@link Table}.
 *
 * @param name its name in SQL
 * @param type its type
 * @param maxLength the longest text it takes, in characters; {@link #UNBOUNDED} where only the size
 *     of the event bounds it
 * @param byField whether it holds a JSON object in which each field has its own clock, as a column
 *     has
 */
public record Column(String name, ColumnType type, int maxLength, boolean byField)
    implements Serializable {
  /** Between a column's name and the name of a field of it. */
  public static final char FIELD = '/';

  /** Only the size of the event is a bound. */
  public static final int UNBOUNDED = Integer.MAX_VALUE;

  /**
   * The bound on texts that are keys or indexed: a B-tree entry holds some 2,700 bytes, a character
   * takes up to 4, and a key has a few of them.
   */
  public static final int INDEXED_LENGTH = 200;

  private Column(String name, ColumnType type, int maxLength) {
    this(name, type, maxLength, false);
  }

  /** A text of any length. It must not be indexed. */
  public static Column text(String name) {
    return new Column(name, ColumnType.TEXT, UNBOUNDED);
  }

  /** A text of at most {@link #INDEXED_LENGTH} characters, which may be a key or indexed. */
  public static Column indexedText(String name) {
    return new Column(name, ColumnType.TEXT, INDEXED_LENGTH);
  }

  /** A column of any type. It must not be indexed. */
  public static Column of(String name, ColumnType type) {
    return new Column(name, type, UNBOUNDED);
  }

  public static Column bigint(String name) {
    return new Column(name, ColumnType.BIGINT, UNBOUNDED);
  }

  public static Column numeric(String name) {
    return new Column(name, ColumnType.NUMERIC, UNBOUNDED);
  }

  public static Column bool(String name) {
    return new Column(name, ColumnType.BOOLEAN, UNBOUNDED);
  }

  public static Column timestamptz(String name) {
    return new Column(name, ColumnType.TIMESTAMPTZ, UNBOUNDED);
  }

  public static Column date(String name) {
    return new Column(name, ColumnType.DATE, UNBOUNDED);
  }

  public static Column jsonb(String name) {
    return new Column(name, ColumnType.JSONB, UNBOUNDED);
  }

  /** A JSON object, which is written field by field. It is alone in its group. */
  public static Column jsonbByField(String name) {
    return new Column(name, ColumnType.JSONB, UNBOUNDED, true);
  }

  /** The name under which an {@link Upsert} has a field of this column. */
  public String nameOf(String field) {
    return name + FIELD + field;
  }

  /**
   * The text PostgreSQL reads {@code value} from.
   *
   * @throws IllegalArgumentException where the column cannot hold it
   */
  String toText(Object value) {
    String text = type.toText(value);
    if (text.length() > maxLength) {
      throw new IllegalArgumentException(
          "must have at most %d characters, not %d".formatted(maxLength, text.length()));
    }
    return text;
  }
}
