package dev.tidegate.templates;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.api.services.dataflow.model.DataflowPackage;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import org.apache.beam.runners.dataflow.DataflowRunner;
import org.apache.beam.runners.dataflow.options.DataflowPipelineOptions;
import org.apache.beam.runners.dataflow.util.PackageUtil.StagedFile;
import org.apache.beam.runners.dataflow.util.Stager;
import org.apache.beam.sdk.Pipeline;
import org.apache.beam.sdk.extensions.gcp.auth.NoopCredentialFactory;
import org.apache.beam.sdk.extensions.gcp.storage.NoopPathValidator;
import org.apache.beam.sdk.io.gcp.bigquery.BigQueryOptions;
import org.apache.beam.sdk.options.PipelineOptions;

/**
 * What Dataflow would be told of a pipeline, without a network: the runner writes the job into a
 * file, as for a classic template, instead of sending it.
 *
 * @param job the job, as the service would get it
 * @param pipeline the pipeline, with the transforms that the runner put in the place of others
 */
record DataflowTranslation(JsonNode job, Pipeline pipeline) {
  /** Translates the pipeline that {@code build} lays. */
  static DataflowTranslation of(PipelineOptions options, Consumer<Pipeline> build) {
    DataflowPipelineOptions dataflow = options.as(DataflowPipelineOptions.class);
    dataflow.setRunner(DataflowRunner.class);
    dataflow.setProject("some-project");
    dataflow.setRegion("europe-west1");
    dataflow.setJobName("translation");
    dataflow.setGcpTempLocation("gs://bucket/temporary");
    dataflow.setTempLocation("gs://bucket/temporary");
    dataflow.setStagingLocation("gs://bucket/staging");
    dataflow.setCredentialFactoryClass(NoopCredentialFactory.class);
    dataflow.setPathValidatorClass(NoopPathValidator.class);
    dataflow.setStagerClass(NothingIsStaged.class);
    // Otherwise everything on the class path would be read, for its hash.
    dataflow.setFilesToStage(List.of());
    try {
      HttpServer bigQuery = bigQuery();
      Path file = Files.createTempFile("job", ".json");
      try {
        dataflow
            .as(BigQueryOptions.class)
            .setBigQueryEndpoint("http://localhost:" + bigQuery.getAddress().getPort());
        dataflow.setTemplateLocation(file.toString());
        Pipeline pipeline = Pipeline.create(options);
        build.accept(pipeline);
        pipeline.run();
        return new DataflowTranslation(new ObjectMapper().readTree(file.toFile()), pipeline);
      } finally {
        Files.delete(file);
        bigQuery.stop(0);
      }
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  /** The runner asks how much a query will read: something, it is told. */
  private static HttpServer bigQuery() throws IOException {
    HttpServer server = HttpServer.create(new InetSocketAddress("localhost", 0), 0);
    byte[] answer =
        """
        {"statistics": {"totalBytesProcessed": "1", "query": {"totalBytesProcessed": "1"}}}
        """
            .getBytes(StandardCharsets.UTF_8);
    server.createContext(
        "/",
        exchange -> {
          exchange.getRequestBody().readAllBytes();
          exchange.getResponseHeaders().set("Content-Type", "application/json");
          exchange.sendResponseHeaders(200, answer.length);
          try (OutputStream out = exchange.getResponseBody()) {
            out.write(answer);
          }
        });
    server.start();
    return server;
  }

  /** A stager that has nowhere to put anything. */
  public static final class NothingIsStaged implements Stager {
    /** Called by the runner, by this name. */
    public static NothingIsStaged fromOptions(PipelineOptions options) {
      return new NothingIsStaged();
    }

    @Override
    public List<DataflowPackage> stageFiles(List<StagedFile> files) {
      return List.of();
    }

    @Override
    public DataflowPackage stageToFile(byte[] bytes, String name) {
      return new DataflowPackage().setName(name).setLocation("gs://bucket/staging/" + name);
    }
  }
}
