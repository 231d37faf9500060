package dev.tidegate.gateway.operations;

import com.fasterxml.jackson.databind.JsonNode;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.ResponseHeaders;
import dev.tidegate.schemas.Json;

/** Answers in JSON, which nobody on the way may keep: they are one tenant's. */
public final class JsonAnswer {
  private JsonAnswer() {}

  public static HttpResponse ok(JsonNode json) {
    return of(HttpStatus.OK, json);
  }

  public static HttpResponse of(HttpStatus status, JsonNode json) {
    return HttpResponse.of(
        ResponseHeaders.builder(status)
            .contentType(MediaType.JSON_UTF_8)
            .set(HttpHeaderNames.CACHE_CONTROL, "no-store")
            .build(),
        HttpData.ofUtf8(Json.write(json)));
  }
}
