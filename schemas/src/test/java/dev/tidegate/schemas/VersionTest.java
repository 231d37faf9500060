package dev.tidegate.schemas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class VersionTest {
  private static final String LOW = "0".repeat(64);
  private static final String HIGH = "f".repeat(64);
  private static final Instant TIME = Instant.parse("2026-03-01T10:15:30.000001Z");

  @Test
  void laterTimeWinsOverAnyId() {
    assertThat(new Version(TIME.plusNanos(1_000), "a", LOW))
        .isGreaterThan(new Version(TIME, "z", HIGH));
  }

  @Test
  void ofEqualTimesIdAndContentDecideTheSameWayWhicheverIsFirst() {
    List<Version> versions = new ArrayList<>();
    for (String id : List.of("a", "b", "")) {
      for (String content : List.of(LOW, HIGH)) {
        versions.add(new Version(TIME, id, content));
      }
    }
    assertThat(new TreeSet<>(versions)).hasSize(6);
    for (Version one : versions) {
      for (Version two : versions) {
        assertThat(Integer.signum(one.compareTo(two)))
            .isEqualTo(-Integer.signum(two.compareTo(one)))
            .isEqualTo(Integer.signum(one.text().compareTo(two.text())));
      }
    }
  }

  @Test
  void aVersionHas24BytesWhichBeginWithTheMicrosecondsSinceTheYearOne() {
    assertThat(new Version(Version.UNKNOWN_TIME, "a", LOW).bytes())
        .hasSize(24)
        .startsWith(new byte[8]);
    assertThat(new Version(Version.UNKNOWN_TIME.plusNanos(257_000), "a", LOW).bytes())
        .startsWith(0, 0, 0, 0, 0, 0, 1, 1);
    assertThat(new Version(TIME, "a", LOW, Optional.of(TIME)).bytes()).hasSize(40);
  }

  @Test
  void aVersionTellsItsTime() {
    for (Instant time : List.of(TIME, Version.UNKNOWN_TIME, Microseconds.LATEST)) {
      assertThat(Version.of(new Version(time, "a", LOW).bytes()).asOf()).isEqualTo(time);
      assertThat(new Version(time, "a", LOW, Optional.of(TIME)).asOf()).isEqualTo(time);
    }
  }

  @Test
  void theFirstAcceptedWinsWhereThatCountsWhateverItsHash() {
    for (String id : List.of("a", "b", "c", "d")) {
      for (String content : List.of(LOW, HIGH)) {
        Version first = new Version(TIME, id, LOW, Optional.of(TIME));
        Version second = new Version(TIME, id, content, Optional.of(TIME.plusNanos(1_000)));
        assertThat(first).isGreaterThan(second);
        assertThat(
                new Version(TIME.plusNanos(1_000), id, content, Optional.of(TIME.plusSeconds(9))))
            .as("a later time of its own")
            .isGreaterThan(first);
      }
    }
  }

  @Test
  void acceptanceDoesNotDecideBetweenDifferentIds() {
    Version a = new Version(TIME, "a", LOW, Optional.of(TIME));
    Version b = new Version(TIME, "b", LOW, Optional.of(TIME));
    for (Instant accepted : List.of(Version.UNKNOWN_TIME, Microseconds.LATEST)) {
      assertThat(Integer.signum(new Version(TIME, "a", LOW, Optional.of(accepted)).compareTo(b)))
          .isEqualTo(Integer.signum(a.compareTo(b)));
    }
  }

  @Test
  void aRepeatIsTheSameEventWheneverItWasAccepted() {
    Version first = new Version(TIME, "a", LOW, Optional.of(TIME));
    Version repeat = new Version(TIME, "a", LOW, Optional.of(TIME.plusSeconds(9)));

    assertThat(first).isNotEqualTo(repeat);
    assertThat(first.isOfSameEvent(repeat)).isTrue();
    for (Version other :
        List.of(
            new Version(TIME, "a", HIGH, Optional.of(TIME)),
            new Version(TIME.plusSeconds(1), "a", LOW, Optional.of(TIME)),
            new Version(TIME, "b", LOW, Optional.of(TIME)))) {
      assertThat(first.isOfSameEvent(other)).isFalse();
    }
  }

  @Test
  void aVersionKnowsItsContent() {
    for (Version version :
        List.of(new Version(TIME, "a", LOW), new Version(TIME, "a", LOW, Optional.of(TIME)))) {
      assertThat(version.isOf("a", LOW)).isTrue();
      assertThat(version.isOf("a", HIGH)).isFalse();
      assertThat(version.isOf("b", LOW)).isFalse();
    }
  }

  @Test
  void finerPartsThanMicrosecondsMakeNoDifference() {
    Version whole = new Version(TIME, "a", LOW);
    Version finer = new Version(TIME.plusNanos(999), "a", LOW);
    assertThat(finer).isEqualTo(whole).isEqualByComparingTo(whole).hasSameHashCodeAs(whole);
  }

  @Test
  void timesBeforeTheEpochAreCutOffDownwards() {
    assertThat(new Version(Instant.parse("1969-12-31T23:59:59.999999999Z"), "a", LOW))
        .isEqualTo(new Version(Instant.parse("1969-12-31T23:59:59.999999Z"), "a", LOW));
  }

  @Test
  void noTwoEventsShareAVersion() {
    Set<Version> versions = new HashSet<>();
    for (String id : List.of("a", "a ", " a", "a" + LOW, "a" + HIGH, LOW, "")) {
      for (String hash : List.of(LOW, HIGH)) {
        for (Instant time : List.of(TIME, Version.UNKNOWN_TIME, Microseconds.LATEST)) {
          assertThat(versions.add(new Version(time, id, hash))).isTrue();
          assertThat(versions.add(new Version(time, id, hash, Optional.of(TIME)))).isTrue();
        }
      }
    }
  }

  @Test
  void whatTheTablesHoldIsTheVersion() {
    for (Version version :
        List.of(new Version(TIME, "a", LOW), new Version(TIME, "a", LOW, Optional.of(TIME)))) {
      assertThat(Version.of(version.bytes())).isEqualTo(version);
      assertThat(version.text()).isEqualTo("\\x" + HexFormat.of().formatHex(version.bytes()));
    }
    assertThatThrownBy(() -> Version.of(new byte[23])).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void unknownTimeLosesAgainstEveryKnownTime() {
    assertThat(new Version(Version.UNKNOWN_TIME, "z", HIGH))
        .isLessThan(new Version(Microseconds.EARLIEST.plusNanos(1_000), "a", LOW));
  }

  @Test
  void timesOfOtherYearsAreRefused() {
    for (Instant time :
        List.of(
            Microseconds.EARLIEST.minusNanos(1),
            Microseconds.LATEST.plusNanos(1),
            Instant.MIN,
            Instant.MAX)) {
      assertThatThrownBy(() -> new Version(time, "a", LOW))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void hashOfAnotherLengthIsRefused() {
    assertThatThrownBy(() -> new Version(TIME, "a", "abc"))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
