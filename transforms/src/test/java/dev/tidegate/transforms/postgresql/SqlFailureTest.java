package dev.tidegate.transforms.postgresql;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidegate.transforms.postgresql.SqlFailure.Kind;
import java.sql.SQLException;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

class SqlFailureTest {
  @ParameterizedTest
  @CsvSource({
    "22003,DATA",
    "22021,DATA",
    "22P02,DATA",
    "22P05,DATA",
    "23502,DATA",
    "23505,DATA",
    "23514,DATA",
    "54000,DATA",
    "42501,DEFINITION",
    "42601,DEFINITION",
    "42P01,DEFINITION",
    "42P10,DEFINITION",
    "42703,DEFINITION",
    "42704,DEFINITION",
    "42804,DEFINITION",
    "42883,DEFINITION",
    "428C9,DEFINITION",
    "3F000,DEFINITION",
    "XX000,DEFINITION",
    "0A000,DEFINITION",
    "P0001,UNKNOWN",
    "P0004,UNKNOWN",
    "44000,UNKNOWN",
    "21000,UNKNOWN",
    "ABC01,UNKNOWN",
    "40001,CONFLICT",
    "40P01,CONFLICT",
    "55P03,LOCKED",
    "08000,OUTAGE",
    "08001,OUTAGE",
    "08006,OUTAGE",
    "25006,OUTAGE",
    "28000,OUTAGE",
    "28P01,OUTAGE",
    "53100,OUTAGE",
    "53300,OUTAGE",
    "57014,OUTAGE",
    "57P01,OUTAGE",
    "57P03,OUTAGE",
    "58030,OUTAGE",
    "2,OUTAGE",
    "'',OUTAGE"
  })
  void statesAreOfAKind(String state, Kind kind) {
    assertThat(SqlFailure.kindOf(new SQLException("", state))).isEqualTo(kind);
  }

  @ParameterizedTest
  @ValueSource(strings = {"28000", "28P01"})
  void refusedPasswordIsAnOutage(String state) {
    assertThat(SqlFailure.isRefusedLogin(new SQLException("", state))).isTrue();
  }

  @Test
  void failureWithoutAStateIsAnOutage() {
    assertThat(SqlFailure.kindOf(new SQLException("no state"))).isEqualTo(Kind.OUTAGE);
  }

  @Test
  void cancelledStatementIsOneThatTookTooLongOnlyIfItTookLong() {
    SQLException cancelled = new SQLException("", "57014");
    Duration patience = Duration.ofSeconds(1);
    assertThat(SqlFailure.kindOf(SqlFailure.told(cancelled, Duration.ofMillis(999), patience)))
        .isEqualTo(Kind.OUTAGE);
    assertThat(SqlFailure.kindOf(SqlFailure.told(cancelled, patience, patience)))
        .isEqualTo(Kind.TIMEOUT);
  }

  @Test
  void tableOfTheStatementIsToldWhereTheServerNamesNone() {
    SQLException failure = new TableFailure("things", new SQLException("s3cret", "22001"));
    assertThat(SqlFailure.describe(failure)).isEqualTo("SQLSTATE 22001, table things");
  }

  @Test
  void descriptionNamesWhatWasBrokenAndNoValue() {
    PSQLException failure =
        new PSQLException(
            new ServerErrorMessage(
                "SERROR\0C23514\0Mnew row has s3cret\0DFailing row contains (s3cret)\0"
                    + "Wwhere s3cret\0sublic\0tthings\0cname\0nthings_name_check\0"));
    assertThat(SqlFailure.describe(failure))
        .isEqualTo("SQLSTATE 23514, table things, column name, constraint things_name_check");
  }

  @Test
  void driversMessagesAreLeftOut() {
    assertThat(SqlFailure.describe(new SQLException("Batch entry 0 INSERT … s3cret", "22003")))
        .isEqualTo("SQLSTATE 22003");
  }
}
