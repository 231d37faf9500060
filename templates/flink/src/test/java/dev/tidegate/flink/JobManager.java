package dev.tidegate.flink;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tidegate.schemas.Json;
import dev.tidegate.testing.Patience;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import java.util.stream.StreamSupport;

/**
 * A JobManager's REST API.
 *
 * @param port on this machine
 */
record JobManager(int port) {
  private static final HttpClient HTTP = HttpClient.newHttpClient();

  /** The one job that has not ended. */
  String runningJob() {
    List<String> jobs =
        StreamSupport.stream(get("/jobs/overview").path("jobs").spliterator(), false)
            .filter(job -> job.path("end-time").asLong() < 0)
            .map(job -> job.path("jid").asText())
            .toList();
    if (jobs.size() != 1) {
      throw new IllegalStateException("running jobs: " + jobs);
    }
    return jobs.get(0);
  }

  /** {@code RUNNING} only if all of its tasks are. */
  String state(String job) {
    JsonNode description = get("/jobs/" + job);
    boolean allRun =
        StreamSupport.stream(description.path("vertices").spliterator(), false)
            .allMatch(vertex -> vertex.path("status").asText().equals("RUNNING"));
    String state = description.path("state").asText();
    return state.equals("RUNNING") && !allRun ? "STARTING" : state;
  }

  long restarts(String job) {
    return get("/jobs/" + job + "/metrics?get=numRestarts").path(0).path("value").asLong();
  }

  long completedCheckpoints(String job) {
    return get("/jobs/" + job + "/checkpoints").path("counts").path("completed").asLong();
  }

  /** What the job was last restored from: {@code checkpoint 7}, {@code savepoint 9} or nothing. */
  String restoredFrom(String job) {
    JsonNode restored = get("/jobs/" + job + "/checkpoints").path("latest").path("restored");
    if (restored.path("id").isMissingNode()) {
      return "nothing";
    }
    return (restored.path("is_savepoint").asBoolean() ? "savepoint " : "checkpoint ")
        + restored.path("id").asLong();
  }

  /** The slots of each TaskManager that are in use. */
  List<Integer> usedSlots() {
    return StreamSupport.stream(get("/taskmanagers").path("taskmanagers").spliterator(), false)
        .map(worker -> worker.path("slotsNumber").asInt() - worker.path("freeSlots").asInt())
        .toList();
  }

  private JsonNode get(String path) {
    try {
      HttpResponse<byte[]> response =
          HTTP.send(
              HttpRequest.newBuilder(URI.create("http://localhost:" + port + path))
                  .timeout(Patience.LONGEST)
                  .build(),
              BodyHandlers.ofByteArray());
      if (response.statusCode() != 200) {
        throw new IOException(path + " answered " + response.statusCode());
      }
      return Json.parse(response.body());
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(interrupted);
    }
  }
}
