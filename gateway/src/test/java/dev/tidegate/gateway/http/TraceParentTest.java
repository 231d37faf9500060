package dev.tidegate.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.linecorp.armeria.common.HttpHeaders;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TraceParentTest {
  private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";
  private static final String SPAN = "b7ad6b7169203331";

  @ParameterizedTest
  @ValueSource(
      strings = {
        "00-" + TRACE + "-" + SPAN + "-01",
        "00-" + TRACE + "-" + SPAN + "-00",
        "00-" + TRACE + "-" + SPAN + "-ff",
        // Of a later version.
        "cc-" + TRACE + "-" + SPAN + "-01",
        "cc-" + TRACE + "-" + SPAN + "-01-",
        "01-" + TRACE + "-" + SPAN + "-01-more.of_it",
      })
  void aValidOneIsPassedOnAsItIs(String header) {
    assertThat(TraceParent.of(HttpHeaders.of(TraceParent.HEADER, header))).contains(header);
    assertThat(TraceParent.traceId(header)).isEqualTo(TRACE);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "nonsense",
        "ff-" + TRACE + "-" + SPAN + "-01",
        "00-" + TRACE + "-" + SPAN + "-01-",
        "00-" + TRACE + "-" + SPAN + "-01-more",
        "cc-" + TRACE + "-" + SPAN + "-01more",
        "cc-" + TRACE + "-" + SPAN + "-01- ",
        "00-" + TRACE + "-" + SPAN + "-0",
        "00-" + TRACE + "-" + SPAN,
        " 00-" + TRACE + "-" + SPAN + "-01",
        "0-" + TRACE + "-" + SPAN + "-01",
        "00_" + TRACE + "-" + SPAN + "-01",
        "00-" + TRACE + "-" + SPAN + "-0g",
        "00-00000000000000000000000000000000-" + SPAN + "-01",
        "00-" + TRACE + "-0000000000000000-01",
        "00-0AF7651916CD43DD8448EB211C80319C-" + SPAN + "-01",
      })
  void anInvalidOneIsDropped(String header) {
    assertThat(TraceParent.of(HttpHeaders.of(TraceParent.HEADER, header))).isEmpty();
  }

  @Test
  void noneIsMadeAndOfTwoNoneCounts() {
    String valid = "00-" + TRACE + "-" + SPAN + "-01";
    assertThat(TraceParent.of(HttpHeaders.of())).isEmpty();
    assertThat(TraceParent.of(HttpHeaders.of(TraceParent.HEADER, valid, TraceParent.HEADER, valid)))
        .isEmpty();
  }
}
