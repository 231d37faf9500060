package dev.tidegate.transforms.postgresql;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

class SqlFailureTest {
  @ParameterizedTest
  @ValueSource(
      strings = {"22003", "22021", "22P02", "22P05", "23502", "23505", "23514", "42601", "54000"})
  void errorsOfTheDataArePermanent(String state) {
    assertThat(SqlFailure.isPermanent(new SQLException("", state))).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "08000", "08001", "08006", "25006", "28000", "28P01", "40001", "40P01", "53100", "53300",
        "55P03", "57014", "57P01", "57P03", "58030", "XX000", "", "2"
      })
  void outagesAndUnknownErrorsPass(String state) {
    assertThat(SqlFailure.isPermanent(new SQLException("", state))).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"42501", "42P01", "42P10", "42703", "42704", "42804", "42883"})
  void missingMigrationOrGrantIsNoFaultOfTheEvent(String state) {
    assertThat(SqlFailure.isPermanent(new SQLException("", state))).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"28000", "28P01"})
  void refusedPasswordIsAnOutage(String state) {
    assertThat(SqlFailure.isRefusedLogin(new SQLException("", state))).isTrue();
    assertThat(SqlFailure.isOutage(new SQLException("", state))).isTrue();
  }

  @Test
  void failureWithoutAStatePasses() {
    assertThat(SqlFailure.isPermanent(new SQLException("no state"))).isFalse();
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
