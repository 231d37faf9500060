package dev.tidegate.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.RequestHeaders;
import com.linecorp.armeria.server.ServiceRequestContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TraceParentTest {
  private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";
  private static final String SPAN = "b7ad6b7169203331";

  @Test
  void aValidParentIsContinuedByAChild() {
    ServiceRequestContext context = requestWith("00-" + TRACE + "-" + SPAN + "-01");
    TraceParent own = TraceParent.of(context);
    assertThat(own.traceId()).isEqualTo(TRACE);
    assertThat(own.flags()).isEqualTo("01");
    assertThat(own.spanId()).matches("[0-9a-f]{16}").isNotEqualTo(SPAN);
    assertThat(TraceParent.of(context)).isEqualTo(own);
    assertThat(TraceParent.parse(own.toString())).contains(own);
  }

  @Test
  void aLaterVersionsFirstFieldsAreUnderstood() {
    assertThat(TraceParent.of(requestWith("cc-" + TRACE + "-" + SPAN + "-01-more")).traceId())
        .isEqualTo(TRACE);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "nonsense",
        "ff-" + TRACE + "-" + SPAN + "-01",
        "00-" + TRACE + "-" + SPAN + "-01-more",
        "00-00000000000000000000000000000000-" + SPAN + "-01",
        "00-" + TRACE + "-0000000000000000-01",
        "00-0AF7651916CD43DD8448EB211C80319C-" + SPAN + "-01",
      })
  void anInvalidParentBeginsANewTrace(String header) {
    TraceParent own = TraceParent.of(requestWith(header));
    assertThat(own.traceId()).matches("[0-9a-f]{32}").isNotEqualTo(TRACE);
    assertThat(own.flags()).isEqualTo("00");
  }

  private static ServiceRequestContext requestWith(String header) {
    return ServiceRequestContext.of(
        HttpRequest.of(RequestHeaders.of(HttpMethod.GET, "/", TraceParent.HEADER, header)));
  }
}
