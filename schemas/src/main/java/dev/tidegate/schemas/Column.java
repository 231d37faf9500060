package dev.tidegate.schemas;

/**
 * A column of a {@link Table}.
 *
 * @param name its name in SQL
 * @param type its type
 * @param maxLength the longest text it takes, in characters; {@link #UNBOUNDED} where only the size
 *     of the event bounds it
 */
public record Column(String name, ColumnType type, int maxLength) {
  /** No bound but the size of an event. */
  public static final int UNBOUNDED = Integer.MAX_VALUE;

  /**
   * The bound on texts that are keys or indexed: a B-tree entry holds some 2,700 bytes, a character
   * takes up to 4, and a key has a few of them.
   */
  public static final int INDEXED_LENGTH = 200;

  /** A text of any length. It must not be indexed. */
  public static Column text(String name) {
    return new Column(name, ColumnType.TEXT, UNBOUNDED);
  }

  /** A text of at most {@link #INDEXED_LENGTH} characters, which may be a key or indexed. */
  public static Column indexedText(String name) {
    return new Column(name, ColumnType.TEXT, INDEXED_LENGTH);
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
