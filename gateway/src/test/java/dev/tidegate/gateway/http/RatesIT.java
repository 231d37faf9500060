package dev.tidegate.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.linecorp.armeria.client.WebClient;
import com.linecorp.armeria.common.AggregatedHttpResponse;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.RequestHeaders;
import com.linecorp.armeria.server.HttpService;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What an address may ask for, over real HTTP. */
class RatesIT {
  private static final String CREDENTIAL = "x-api-key";

  private GatewayServer server;

  @AfterEach
  void stop() {
    server.close();
  }

  @Test
  void everyRouteCostsAnAddressButForProbes() {
    start(5, 1_000);
    for (String path : List.of("/costs", "/none")) {
      AggregatedHttpResponse refused = getUntilRefused(path, "192.0.2.7");
      assertThat(refused.headers().getLong("retry-after")).isEqualTo(1);
      assertThat(refused.contentUtf8())
          .contains("Send at most 5 requests a second, and 10 at once.");
      assertThat(get("/costs", "198.51.100.7").status().code()).isEqualTo(200);
      assertThat(get("/livez", "192.0.2.7").status().code()).isEqualTo(200);
      await().until(() -> get("/costs", "192.0.2.7").status().code() == 200);
    }
  }

  @Test
  void whoShowsNoCredentialMayAskLess() {
    start(1_000, 1);
    assertThat(getUntilRefused("/costs", "2001:db8::1").contentUtf8())
        .contains("1 requests a second, and 5 at once");
    // Of the same network, and with something to show.
    assertThat(get("/costs", "2001:db8::2").status().code()).isEqualTo(429);
    assertThat(get("/costs", "2001:db8::2", CREDENTIAL, "any").status().code()).isEqualTo(200);
    assertThat(get("/costs", "2001:db8::2", "cookie", "any=any").status().code()).isEqualTo(200);
    assertThat(get("/costs", "2001:db8:0:1::2").status().code()).isEqualTo(200);
  }

  @Test
  void aPageOfTheConsoleLoadsAllItsFilesAtOnce() {
    start(1_000, 1);
    getUntilRefused("/costs", "192.0.2.7");
    for (int i = 0; i < 50; i++) {
      assertThat(get("/console/file.js", "192.0.2.7").status().code()).isEqualTo(404);
    }
  }

  private void start(int requests, int calls) {
    server =
        GatewayServer.start(
            "127.0.0.1",
            0,
            List.of(
                builder ->
                    builder.route().get("/costs").build((context, request) -> HttpResponse.of(200)),
                builder ->
                    builder
                        .route()
                        .get("/livez")
                        .build((context, request) -> HttpResponse.of(200))),
            HttpService::serve,
            new ClientAddress(List.of("127.0.0.0/8")),
            ServerLimits.STANDARD.withRates(requests, calls));
  }

  private AggregatedHttpResponse getUntilRefused(String path, String address) {
    AggregatedHttpResponse answer = get(path, address);
    for (int i = 0; i < 500 && answer.status().code() != 429; i++) {
      answer = get(path, address);
    }
    assertThat(answer.status().code()).isEqualTo(429);
    return answer;
  }

  private AggregatedHttpResponse get(String path, String address, String... more) {
    return WebClient.of("http://127.0.0.1:" + server.port())
        .execute(
            RequestHeaders.builder(HttpMethod.GET, path)
                .set("x-forwarded-for", address)
                .set(more.length > 0 ? more[0] : "x-none", more.length > 0 ? more[1] : "")
                .build())
        .aggregate()
        .join();
  }
}
