package dev.tidegate.transforms.postgresql;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidegate.schemas.Microseconds;
import dev.tidegate.schemas.Sha256;
import dev.tidegate.schemas.StoredPayload;
import dev.tidegate.schemas.Version;
import dev.tidegate.testing.TestDatabase;
import java.io.ByteArrayOutputStream;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The functions by which people read what Java wrote, beside how Java reads it. */
class LedgerFunctionsIT {
  private static final TestDatabase DATABASE = TestDatabase.create();
  private static final String CONTENT = Sha256.hexOf(new byte[0]);

  @Test
  void theTimeOfAVersionIsExact() throws SQLException {
    for (Instant time :
        List.of(
            Microseconds.EARLIEST,
            Microseconds.LATEST,
            Instant.EPOCH.minusNanos(1_000),
            Instant.parse("2026-03-01T10:15:30.123457Z"))) {
      for (Optional<Instant> accepted : List.of(Optional.of(time), Optional.<Instant>empty())) {
        byte[] version = new Version(time, "n", CONTENT, accepted).bytes();
        assertThat(ask("SELECT version_time(?)", version, OffsetDateTime.class).toInstant())
            .isEqualTo(time);
      }
    }
  }

  @Test
  void noBytesFailAQueryForTheirTime() throws SQLException {
    for (String bytes :
        List.of("", "00", "ffffffffffffffffff", "7fffffffffffffff", "8000000000000000")) {
      assertThat(DATABASE.query("SELECT version_time('\\x%s') IS NOT NULL".formatted(bytes)))
          .isEqualTo("t");
    }
  }

  @Test
  void theHashOfAContentIsWhatItsVersionsEndWith() throws SQLException {
    for (String id : List.of("n", "", "\uD83D\uDE00 ü")) {
      assertThat(
              DATABASE.query(
                  "SELECT substr('%s'::bytea, 9) = version_hash('%s', '%s')"
                      .formatted(new Version(Things.TIME, id, CONTENT).text(), id, CONTENT)))
          .isEqualTo("t");
    }
  }

  @Test
  void bodiesOfAllKindsAreReadInSqlAsInJava() throws SQLException {
    for (byte[] body : bodies()) {
      byte[] stored = StoredPayload.write(body);
      assertThat(ask("SELECT payload_body(?)", stored, byte[].class))
          .as("%d bytes, %d stored", body.length, stored.length)
          .isEqualTo(body);
    }
  }

  /**
   * Noise with repeats near and far, runs, and such as the block has lengths of several bytes for.
   */
  private static List<byte[]> bodies() {
    Random random = new Random(8);
    List<byte[]> bodies =
        new ArrayList<>(List.of(new byte[0], "{}".getBytes(UTF_8), new byte[9_000]));
    for (int length : new int[] {300, 5_000, 60_000, 400_000}) {
      ByteArrayOutputStream body = new ByteArrayOutputStream();
      while (body.size() < length) {
        if (body.size() == 0 || random.nextInt(3) == 0) {
          byte[] noise = new byte[1 + random.nextInt(length / 10)];
          random.nextBytes(noise);
          body.writeBytes(noise);
        } else {
          byte[] sofar = body.toByteArray();
          int from = random.nextInt(sofar.length);
          int size = Math.min(sofar.length - from, 1 + random.nextInt(length / 5));
          body.write(sofar, from, size);
          body.writeBytes("ab".repeat(random.nextInt(200)).getBytes(UTF_8));
        }
      }
      bodies.add(body.toByteArray());
    }
    return bodies;
  }

  @Test
  void damagedPayloadsFailNoQueryForTheirJson() throws SQLException {
    Random random = new Random(9);
    byte[] stored = StoredPayload.write(("[" + "{\"a\":1},".repeat(500) + "1]").getBytes(UTF_8));
    assertThat(ask("SELECT payload_json(?) -> 0 ->> 'a'", stored, String.class)).isEqualTo("1");
    for (int i = 0; i < 200; i++) {
      byte[] damaged = stored.clone();
      damaged[5 + random.nextInt(stored.length - 5)] = (byte) random.nextInt(256);
      assertThat(ask("SELECT payload_json(?) IS NULL", damaged, Boolean.class)).isNotNull();
    }
  }

  private static <T> T ask(String sql, byte[] parameter, Class<T> type) throws SQLException {
    try (Connection connection = DATABASE.connect();
        PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setBytes(1, parameter);
      try (ResultSet row = statement.executeQuery()) {
        row.next();
        return type == byte[].class ? type.cast(row.getBytes(1)) : row.getObject(1, type);
      }
    }
  }
}
