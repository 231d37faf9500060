package dev.tidegate.templates;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidegate.testing.Command;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.zip.ZipEntry;
import org.apache.beam.runners.dataflow.DataflowPipelineRegistrar;
import org.apache.beam.runners.direct.DirectRegistrar;
import org.apache.beam.sdk.io.FileSystemRegistrar;
import org.apache.beam.sdk.runners.PipelineRunnerRegistrar;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The jars that were packaged: what is in them, and that they run. */
class RunnableJarsIT {
  private static final Path TARGET = Path.of("target").toAbsolutePath();

  private static final String ARCHIVED_EVENT =
      """
      {"notification_id": "n1", "tenant_id": "acme", "source": "terminal49", \
      "event_type": "container.updated", "message_id": "m1", "attributes": {}, "payload": {}, \
      "publish_time": "2026-01-31T10:00:00Z", "received_at": "2026-01-31T10:00:00Z", \
      "payload_sha256": "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"}\
      """;

  /** How it ended, and all that it said. */
  private record Result(int exitCode, String output) {}

  @TempDir Path temporary;

  @ParameterizedTest
  @CsvSource({
    "streaming, dev.tidegate.pipeline.EventPipeline",
    "replay, dev.tidegate.pipeline.ReplayPipeline"
  })
  void nameTheirMain(String name, String mainClass) throws IOException {
    try (JarFile jar = new JarFile(jar(name).toFile())) {
      Attributes manifest = jar.getManifest().getMainAttributes();
      assertThat(manifest.getValue(Attributes.Name.MAIN_CLASS)).isEqualTo(mainClass);
      assertThat(manifest.getValue(Attributes.Name.IMPLEMENTATION_VERSION)).isNotBlank();
      // Some libraries have classes for newer Javas beside those for old ones.
      assertThat(manifest.getValue(Attributes.Name.MULTI_RELEASE)).isEqualTo("true");
      assertThat(manifest.getValue("Add-Opens").split(" "))
          .containsExactly(
              "java.base/java.lang",
              "java.base/java.util",
              "java.base/java.nio",
              "java.base/java.lang.invoke");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"streaming", "replay"})
  void holdWhatDataflowNeedsAndNothingOfOtherEngines(String name) throws IOException {
    try (JarFile jar = new JarFile(jar(name).toFile())) {
      List<String> entries = jar.stream().map(ZipEntry::getName).toList();

      assertThat(entries)
          .doesNotHaveDuplicates()
          .contains(
              "com/google/cloud/sql/postgres/SocketFactory.class",
              "org/postgresql/Driver.class",
              // The native parts of TLS and of compression.
              "META-INF/native/libnetty_tcnative_linux_x86_64.so",
              "META-INF/native/libio_grpc_netty_shaded_netty_tcnative_linux_x86_64.so",
              "META-INF/native/libconscrypt_openjdk_jni-linux-x86_64.so",
              "org/xerial/snappy/native/Linux/x86_64/libsnappyjava.so",
              "META-INF/NOTICE",
              "META-INF/LICENSE")
          .noneMatch(
              entry ->
                  entry.startsWith("org/apache/flink/")
                      || entry.startsWith("dev/tidegate/local/")
                      || entry.startsWith("io/zonky/")
                      || entry.startsWith("ch/qos/logback/")
                      || entry.matches("META-INF/[^/]+[.](SF|DSA|RSA|EC)"));
      assertThat(services(jar, PipelineRunnerRegistrar.class))
          .contains(
              DataflowPipelineRegistrar.Runner.class.getName(),
              DirectRegistrar.Runner.class.getName());
      // The libraries' own entries were put together, and not the first one taken.
      assertThat(services(jar, FileSystemRegistrar.class)).hasSizeGreaterThan(1);
    }
  }

  @Test
  void listTheirOptions() throws Exception {
    Result result = run("streaming", "--help=EventPipelineOptions");

    assertThat(result.exitCode()).isZero();
    assertThat(result.output()).contains("--inputSubscription", "--jdbcUrl", "--archiveDataset");
  }

  @Test
  void refuseAnOptionThatThereIsNot() throws Exception {
    Result result = run("streaming", "--nonsense=1");

    assertThat(result.exitCode()).isNotZero();
    assertThat(result.output()).contains("nonsense");
  }

  @Test
  void showWhatWouldBeReplayed() throws Exception {
    Path folder = temporary.resolve("raw_events/received_date=2026-01-31");
    Files.createDirectories(folder);
    Files.writeString(folder.resolve("events.ndjson"), ARCHIVED_EVENT + "\n");
    Result result =
        run(
            "replay",
            "--runner=DirectRunner",
            "--from=ARCHIVE_FILES",
            "--archiveMethod=FILES",
            "--archiveFolder=" + temporary,
            "--dryRun");

    assertThat(result.output()).contains("1 event would be replayed", "container.updated");
    assertThat(result.exitCode()).isZero();
  }

  private static List<String> services(JarFile jar, Class<?> service) throws IOException {
    try (InputStream in =
        jar.getInputStream(jar.getEntry("META-INF/services/" + service.getName()))) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
    }
  }

  private static Path jar(String name) {
    return TARGET.resolve("tidegate-" + name + ".jar");
  }

  private Result run(String name, String... arguments) {
    List<String> words = new ArrayList<>();
    words.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    words.addAll(List.of("-jar", jar(name).toString()));
    words.addAll(Arrays.asList(arguments));
    Command.Result result = Command.in(temporary).run(words);
    return new Result(result.exitCode(), result.output() + result.errors());
  }
}
