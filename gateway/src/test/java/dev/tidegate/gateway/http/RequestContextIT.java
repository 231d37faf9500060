package dev.tidegate.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.linecorp.armeria.client.WebClient;
import com.linecorp.armeria.common.AggregatedHttpResponse;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.RequestHeaders;
import dev.tidegate.schemas.Json;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.slf4j.MDC;

/** A request's ID, over real HTTP. */
class RequestContextIT {
  private static GatewayServer server;
  private static WebClient client;

  @BeforeAll
  static void start() {
    server =
        GatewayServer.start(
            "127.0.0.1",
            0,
            List.of(
                builder -> {
                  builder
                      .route()
                      .get("/logged")
                      .build(
                          (context, request) ->
                              HttpResponse.of(
                                  () ->
                                      HttpResponse.of(
                                          MDC.get("request_id")
                                              + " "
                                              + MDC.get("client_request_id")),
                                  context.blockingTaskExecutor()));
                  builder
                      .route()
                      .get("/problem")
                      .build(
                          (context, request) -> {
                            throw Problem.of(ProblemType.CONFLICT, "No.").asException();
                          });
                  builder
                      .route()
                      .get("/later-problem")
                      .build(
                          (context, request) ->
                              HttpResponse.of(
                                  () -> {
                                    throw Problem.of(ProblemType.CONFLICT, "No.").asException();
                                  },
                                  context.blockingTaskExecutor()));
                  builder
                      .route()
                      .get("/bug")
                      .build(
                          (context, request) -> {
                            throw new IllegalStateException("bug");
                          });
                }));
    client = WebClient.of("http://127.0.0.1:" + server.port());
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @Test
  void theSendersNameIsTakenAndIsInTheLog() {
    AggregatedHttpResponse answer = get("/logged", "order-7:retry_2");
    assertThat(answer.headers().get(RequestId.HEADER)).isEqualTo("order-7:retry_2");
    assertThat(answer.contentUtf8()).matches("[0-9a-f-]{36} order-7:retry_2");
    assertThat(get("/logged", "order-7:retry_2").contentUtf8())
        .as("each request has another of the gateway's own")
        .isNotEqualTo(answer.contentUtf8());
  }

  @Test
  void aNameThatIsNotSaneIsReplaced() {
    for (String odd : List.of("{\"forged\": 1}", "a b", "x".repeat(129), "-x")) {
      AggregatedHttpResponse answer = get("/logged", odd);
      assertThat(answer.headers().get(RequestId.HEADER)).hasSize(36).isNotEqualTo(odd);
      assertThat(answer.contentUtf8()).isEqualTo(answer.headers().get(RequestId.HEADER) + " null");
    }
  }

  @ParameterizedTest
  @CsvSource({"/problem,409", "/later-problem,409", "/bug,500", "/no-such-route,404"})
  void everyProblemTellsTheId(String path, int status) throws Exception {
    AggregatedHttpResponse answer = get(path, "r-1");
    assertThat(answer.status().code()).isEqualTo(status);
    assertThat(answer.contentType().toString()).startsWith("application/problem+json");
    assertThat(answer.headers().getAll(RequestId.HEADER)).containsExactly("r-1");
    JsonNode problem = Json.parse(answer.content().array());
    assertThat(problem.path("requestId").asText()).isEqualTo("r-1");
    assertThat(problem.path("status").asInt()).isEqualTo(status);
  }

  private static AggregatedHttpResponse get(String path, String requestId) {
    return client
        .execute(RequestHeaders.of(HttpMethod.GET, path, RequestId.HEADER, requestId))
        .aggregate()
        .join();
  }
}
