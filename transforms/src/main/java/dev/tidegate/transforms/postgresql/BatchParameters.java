package dev.tidegate.transforms.postgresql;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Arrays;
import java.util.UUID;
import java.util.function.IntFunction;
import java.util.function.IntToLongFunction;
import org.checkerframework.checker.nullness.qual.Nullable;
import org.postgresql.core.BaseConnection;
import org.postgresql.core.Oid;
import org.postgresql.jdbc.PgArray;

/**
 * Sets a statement's parameters one after the other, each an array with a column of a batch, in
 * PostgreSQL's binary format. The driver sends arrays of times and UUIDs as text, which the server
 * has to split and parse.
 *
 * <p>Nulls at the end do not travel: {@code unnest} gives them back, since other arrays are longer.
 * So a column of which a batch says nothing costs next to nothing.
 */
final class BatchParameters {
  /** Dimensions, whether there are nulls, type of the elements, their number, the first index. */
  private static final int HEADER = 5 * Integer.BYTES;

  private static final int HEADER_OF_NONE = 3 * Integer.BYTES;

  /** PostgreSQL counts from the year 2000. */
  private static final long EPOCH_SECONDS = Instant.parse("2000-01-01T00:00:00Z").getEpochSecond();

  private final PreparedStatement statement;
  private final BaseConnection connection;
  private final int rows;
  private ByteBuffer buffer;
  private int parameter;

  /**
   * @param rows how many there are in the batch
   */
  BatchParameters(PreparedStatement statement, int rows) throws SQLException {
    this(statement, rows, 0);
  }

  /**
   * @param before how many parameters there are before the first array
   */
  BatchParameters(PreparedStatement statement, int rows, int before) throws SQLException {
    this.parameter = before;
    this.statement = statement;
    this.connection = statement.getConnection().unwrap(BaseConnection.class);
    this.rows = rows;
    this.buffer = ByteBuffer.allocate(HEADER + rows * 48);
  }

  void texts(IntFunction<@Nullable String> values) throws SQLException {
    set(
        Oid.TEXT,
        Oid.TEXT_ARRAY,
        row -> {
          String text = values.apply(row);
          return text == null ? null : text.getBytes(UTF_8);
        });
  }

  void bytes(IntFunction<byte @Nullable []> values) throws SQLException {
    set(Oid.BYTEA, Oid.BYTEA_ARRAY, values);
  }

  void times(IntFunction<Instant> values) throws SQLException {
    set(
        Oid.TIMESTAMPTZ,
        Oid.TIMESTAMPTZ_ARRAY,
        row -> {
          Instant time = values.apply(row);
          long seconds = time.getEpochSecond() - EPOCH_SECONDS;
          return ByteBuffer.allocate(Long.BYTES)
              .putLong(seconds * 1_000_000 + time.getNano() / 1_000)
              .array();
        });
  }

  void uuids(IntFunction<UUID> values) throws SQLException {
    set(
        Oid.UUID,
        Oid.UUID_ARRAY,
        row -> {
          UUID uuid = values.apply(row);
          return ByteBuffer.allocate(2 * Long.BYTES)
              .putLong(uuid.getMostSignificantBits())
              .putLong(uuid.getLeastSignificantBits())
              .array();
        });
  }

  void longs(IntToLongFunction values) throws SQLException {
    set(
        Oid.INT8,
        Oid.INT8_ARRAY,
        row -> ByteBuffer.allocate(Long.BYTES).putLong(values.applyAsLong(row)).array());
  }

  private void set(int element, int array, IntFunction<byte @Nullable []> values)
      throws SQLException {
    buffer.clear().position(HEADER);
    int elements = 0;
    for (int row = 0; row < rows; row++) {
      byte[] value = values.apply(row);
      if (value != null) {
        reserve((row - elements + 1) * Integer.BYTES + value.length);
        for (; elements < row; elements++) {
          buffer.putInt(-1);
        }
        buffer.putInt(value.length).put(value);
        elements++;
      }
    }
    int length = elements == 0 ? HEADER_OF_NONE : buffer.position();
    buffer.rewind();
    buffer.putInt(elements == 0 ? 0 : 1).putInt(1).putInt(element).putInt(elements).putInt(1);
    statement.setArray(
        ++parameter, new PgArray(connection, array, Arrays.copyOf(buffer.array(), length)));
  }

  private void reserve(int bytes) {
    if (buffer.remaining() < bytes) {
      int position = buffer.position();
      int capacity = Math.max(2 * buffer.capacity(), position + bytes);
      buffer = ByteBuffer.wrap(Arrays.copyOf(buffer.array(), capacity)).position(position);
    }
  }
}
