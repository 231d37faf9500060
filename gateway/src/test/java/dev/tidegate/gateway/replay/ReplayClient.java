package dev.tidegate.gateway.replay;

import static dev.tidegate.gateway.store.KnownCallers.A_OPERATOR;
import static dev.tidegate.gateway.store.KnownCallers.PLATFORM;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tidegate.gateway.store.TestClient;
import dev.tidegate.gateway.store.TestClient.Answer;

/** Starts replays through the API, and watches them. */
record ReplayClient(TestClient client) {
  /** A member of each request for more than one event. */
  private static final String REASON = "\"reason\":\"the handler is mended\"";

  /** A request for as many events a second as there may be, with more members. */
  static String quickly(String more) {
    return "{\"eventsPerSecond\":1000,%s%s}".formatted(REASON, more);
  }

  String start(String caller, String body) {
    String reasoned =
        body.contains(REASON)
            ? body
            : body.replaceFirst("[{]", "{" + REASON + ",").replace(",}", "}");
    Answer answer = client.post(caller, "/admin/replays", reasoned);
    assertThat(answer.status()).as(answer.json().toString()).isEqualTo(202);
    return answer.json().path("replayId").asText();
  }

  JsonNode show(String replay) {
    return client.get(PLATFORM, "/admin/replays/" + replay).json();
  }

  JsonNode awaitCompleted(String replay) {
    await().until(() -> show(replay).path("status").asText().equals("COMPLETED"));
    return show(replay);
  }

  Answer change(String replay, String verb) {
    return client.post(A_OPERATOR, "/admin/replays/" + replay + "/" + verb, null);
  }
}
