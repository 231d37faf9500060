package dev.tidegate.schemas;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class VersionTest {
  private static final String LOW = "0".repeat(64);
  private static final String HIGH = "f".repeat(64);
  private static final Instant TIME = Instant.parse("2026-03-01T10:15:30.000001Z");
  private static final String BEYOND_FFFF = "\uD83D\uDE00";
  private static final String FULLWIDTH = "\uFF21";

  @Test
  void laterTimeWinsOverAnyId() {
    assertThat(new Version(TIME.plusNanos(1_000), "a", LOW))
        .isGreaterThan(new Version(TIME, "z", HIGH));
  }

  @Test
  void idDecidesBetweenEqualTimesAndHashBetweenEqualIds() {
    assertThat(new Version(TIME, "b", LOW)).isGreaterThan(new Version(TIME, "a", HIGH));
    assertThat(new Version(TIME, "a", HIGH)).isGreaterThan(new Version(TIME, "a", LOW));
  }

  @Test
  void theFirstAcceptedWinsWhereThatCountsWhateverItsHash() {
    Version first = new Version(TIME, "a", LOW, Optional.of(TIME));
    Version second = new Version(TIME, "a", HIGH, Optional.of(TIME.plusNanos(1_000)));

    assertThat(first).isGreaterThan(second);
    assertThat(new Version(TIME.plusSeconds(1), "a", LOW, second.acceptedAt()))
        .as("a later time of its own")
        .isGreaterThan(first);
    assertThat(first.text())
        .startsWith("2026-03-01T10:15:30.000001Z a ")
        .endsWith(" " + "0".repeat(32));
  }

  @Test
  void aRepeatIsTheSameEventWheneverItWasAccepted() {
    Version first = new Version(TIME, "a", LOW, Optional.of(TIME));
    Version repeat = new Version(TIME, "a", LOW, Optional.of(TIME.plusSeconds(9)));

    assertThat(first.text()).isNotEqualTo(repeat.text());
    assertThat(first.isOfSameEvent(repeat.text())).isTrue();
    assertThat(first.textOfRepeats()).isEqualTo(repeat.textOfRepeats());
    for (Version other :
        List.of(
            new Version(TIME, "a", HIGH, Optional.of(TIME)),
            new Version(TIME.plusSeconds(1), "a", LOW, Optional.of(TIME)),
            new Version(TIME, "b", LOW, Optional.of(TIME)))) {
      assertThat(first.isOfSameEvent(other.text())).isFalse();
    }
  }

  @Test
  void charactersBeyondFfffSortAfterAllOthersAsCollateCDoes() {
    assertThat(BEYOND_FFFF).isLessThan(FULLWIDTH);
    assertThat(Version.compareTexts(BEYOND_FFFF, FULLWIDTH)).isPositive();
    assertThat(new Version(TIME, BEYOND_FFFF, LOW))
        .isGreaterThan(new Version(TIME, FULLWIDTH, LOW));
  }

  @Test
  void orderIsThatOfTheTextsUtf8Bytes() {
    List<String> ids =
        List.of("a", "a b", "a!", "A", "ü", "\u07FF", "\uD7FF", FULLWIDTH, BEYOND_FFFF);
    for (String first : ids) {
      for (String second : ids) {
        Version one = new Version(TIME, first, HIGH);
        Version two = new Version(TIME, second, LOW);
        assertThat(Integer.signum(one.compareTo(two)))
            .isEqualTo(
                Integer.signum(
                    Arrays.compareUnsigned(
                        one.text().getBytes(UTF_8), two.text().getBytes(UTF_8))));
        assertThat(Integer.signum(two.compareTo(one)))
            .isEqualTo(-Integer.signum(one.compareTo(two)));
      }
    }
  }

  @Test
  void finerPartsThanMicrosecondsMakeNoDifference() {
    Version whole = new Version(TIME, "a", LOW);
    Version finer = new Version(TIME.plusNanos(999), "a", LOW);
    assertThat(finer).isEqualTo(whole).isEqualByComparingTo(whole);
    assertThat(whole.text()).startsWith("2026-03-01T10:15:30.000001Z a ");
  }

  @Test
  void timesBeforeTheEpochAreCutOffDownwards() {
    Version version = new Version(Instant.parse("1969-12-31T23:59:59.999999999Z"), "a", LOW);
    assertThat(version.text()).startsWith("1969-12-31T23:59:59.999999Z");
  }

  @Test
  void noTwoVersionsShareAText() {
    Set<String> texts = new HashSet<>();
    for (String id : List.of("a", "a ", " a", "a " + LOW, "a " + HIGH, LOW, "")) {
      for (String hash : List.of(LOW, HIGH)) {
        for (Instant time : List.of(TIME, Version.UNKNOWN_TIME, Microseconds.LATEST)) {
          assertThat(texts.add(new Version(time, id, hash).text())).isTrue();
        }
      }
    }
  }

  @Test
  void textsOfAllYearsHaveTheSameWidth() {
    int width = new Version(TIME, "a", LOW).text().length();
    assertThat(new Version(Microseconds.EARLIEST, "a", LOW).text()).hasSize(width);
    assertThat(new Version(Microseconds.LATEST, "a", LOW).text()).hasSize(width);
    assertThat(new Version(Microseconds.EARLIEST, "a", LOW).text())
        .startsWith("0001-01-01T00:00:00.000000Z");
  }

  @Test
  void unknownTimeLosesAgainstEveryKnownTime() {
    assertThat(new Version(Version.UNKNOWN_TIME, "z", HIGH))
        .isLessThan(new Version(Microseconds.EARLIEST.plusNanos(1_000), "a", LOW));
  }

  @Test
  void timesThatDoNotSortAsTextAreRefused() {
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
