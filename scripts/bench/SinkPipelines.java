import dev.tidegate.schemas.Event;
import dev.tidegate.schemas.RawEvent;
import dev.tidegate.schemas.RawEventCoder;
import dev.tidegate.schemas.Table;
import dev.tidegate.schemas.Upsert;
import dev.tidegate.transforms.handlers.EventSources;
import java.nio.file.Path;
import java.sql.PreparedStatement;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.apache.beam.runners.direct.DirectOptions;
import org.apache.beam.runners.direct.DirectRunner;
import org.apache.beam.runners.flink.FlinkPipelineOptions;
import org.apache.beam.sdk.Pipeline;
import org.apache.beam.sdk.PipelineResult;
import org.apache.beam.sdk.coders.KvCoder;
import org.apache.beam.sdk.coders.VarIntCoder;
import org.apache.beam.sdk.io.GenerateSequence;
import org.apache.beam.sdk.io.jdbc.JdbcIO;
import org.apache.beam.sdk.options.PipelineOptionsFactory;
import org.apache.beam.sdk.transforms.DoFn;
import org.apache.beam.sdk.transforms.ParDo;
import org.apache.beam.sdk.transforms.Reshuffle;
import org.apache.beam.sdk.values.KV;
import org.apache.beam.sdk.values.PCollection;

/**
 * Beam pipelines that read events from memory and write them. Runners in this process share its
 * static variables: by these the steps find the events.
 */
final class SinkPipelines {
  /** Milliseconds since 1970 at which the last event was dropped. */
  static final AtomicLong LAST_DROPPED = new AtomicLong();

  /** Events that are read at once: few enough that the tasks end together. */
  private static final int PART = 40;

  /** What came out of the sink: the refused events. */
  private static final LongAdder DROPPED = new LongAdder();

  private static volatile SinkEvents events;

  private SinkPipelines() {}

  /** Tidegate's sink on Flink, as {@code ./tidegate up} runs it. Answers how many were refused. */
  static long flink(SinkDatabase database, Path folder, SinkEvents written) throws Exception {
    Pipeline pipeline = onFlink(folder);
    read(pipeline, written)
        .apply("Events", ParDo.of(new EventFn()))
        .setCoder(RawEventCoder.of())
        .apply("Upsert", SinkUnderTest.transform(database, written.ledgerPayload()))
        .failures()
        .apply("Drop", ParDo.of(new DropFn<>()));
    return run(pipeline);
  }

  /** The same on the DirectRunner, with the settings it has when asked for nothing else. */
  static long direct(SinkDatabase database, SinkEvents written) {
    DirectOptions options = PipelineOptionsFactory.create().as(DirectOptions.class);
    options.setRunner(DirectRunner.class);
    options.setTargetParallelism(SinkUnderTest.THREADS);
    Pipeline pipeline = Pipeline.create(options);
    read(pipeline, written)
        .apply("Events", ParDo.of(new EventFn()))
        .setCoder(RawEventCoder.of())
        .apply("Upsert", SinkUnderTest.transform(database, written.ledgerPayload()))
        .failures()
        .apply("Drop", ParDo.of(new DropFn<>()));
    return run(pipeline);
  }

  /** No sink: how fast Flink reads the events. */
  static long source(Path folder, SinkEvents written) throws Exception {
    Pipeline pipeline = onFlink(folder);
    read(pipeline, written).apply("Drop", ParDo.of(new DropFn<>()));
    run(pipeline);
    return 0;
  }

  /**
   * JdbcIO on Flink: a write for each table and one for the ledger, in batches of as many rows. The
   * driver joins a batch's rows into one statement wherever no two rows of a batch can be the same:
   * PostgreSQL refuses a statement that touches a row twice.
   */
  static long jdbcIo(SinkDatabase database, Path folder, SinkEvents written) throws Exception {
    Pipeline pipeline = onFlink(folder);
    PCollection<Integer> read = read(pipeline, written);
    read.apply(
        "WriteLedger",
        JdbcIO.<Integer>write()
            .withDataSourceConfiguration(connection(database, true))
            .withBatchSize(SinkUnderTest.BATCH_ROWS)
            .withStatement(SinkStatements.LEDGER)
            .withPreparedStatementSetter(
                (index, statement) -> SinkStatements.setLedger(statement, event(index))));
    if (written.ledgerPayload()) {
      read.apply(
          "WritePayloads",
          JdbcIO.<Integer>write()
              .withDataSourceConfiguration(connection(database, true))
              .withBatchSize(SinkUnderTest.BATCH_ROWS)
              .withStatement(SinkStatements.PAYLOAD)
              .withPreparedStatementSetter(
                  (index, statement) -> SinkStatements.setPayload(statement, event(index))));
    }
    for (Table table : written.tables()) {
      read.apply("RowsOf " + table.name(), ParDo.of(new RowsFn(table.name())))
          .setCoder(KvCoder.of(VarIntCoder.of(), VarIntCoder.of()))
          .apply(
              "Write " + table.name(),
              JdbcIO.<KV<Integer, Integer>>write()
                  .withDataSourceConfiguration(connection(database, !hasRepeats(table, written)))
                  .withBatchSize(SinkUnderTest.BATCH_ROWS)
                  .withStatement(SinkStatements.upsert(table))
                  .withPreparedStatementSetter(new UpsertSetter(table.name())));
    }
    return run(pipeline);
  }

  private static JdbcIO.DataSourceConfiguration connection(SinkDatabase database, boolean rewrite) {
    return JdbcIO.DataSourceConfiguration.create(
            "org.postgresql.Driver", database.jdbcUrl() + "?reWriteBatchedInserts=" + rewrite)
        .withUsername(SinkDatabase.USERNAME);
  }

  private static boolean hasRepeats(Table table, SinkEvents written) {
    Set<List<String>> keys = new HashSet<>();
    for (int i = 0; i < written.count(); i++) {
      for (Upsert upsert : written.byIndex().apply(i).upserts()) {
        if (upsert.table().equals(table.name()) && !keys.add(upsert.key())) {
          return true;
        }
      }
    }
    return false;
  }

  private static Pipeline onFlink(Path folder) throws Exception {
    FlinkPipelineOptions options = PipelineOptionsFactory.create().as(FlinkPipelineOptions.class);
    options.setStreaming(true);
    SinkUnderTest.useFlinkAsUpDoes(options, folder);
    // This job has an end, and a mistake in it is to be seen.
    options.setAttachedMode(true);
    options.setShutdownSourcesAfterIdleMs(0L);
    options.setNumberOfExecutionRetries(0);
    return Pipeline.create(options);
  }

  /** The numbers of the events. */
  private static PCollection<Integer> read(Pipeline pipeline, SinkEvents written) {
    events = written;
    return pipeline
        .apply("Number", GenerateSequence.from(0).to((written.count() + PART - 1) / PART))
        // Without it one of Flink's readers may be given all the numbers, and the other none.
        .apply("Spread", Reshuffle.viaRandomKey())
        .apply("Read", ParDo.of(new ReadFn()))
        .setCoder(VarIntCoder.of());
  }

  private static long run(Pipeline pipeline) {
    LAST_DROPPED.set(0);
    DROPPED.reset();
    PipelineResult.State state = pipeline.run().waitUntilFinish();
    if (state != PipelineResult.State.DONE) {
      throw new IllegalStateException("the pipeline ended as " + state);
    }
    return DROPPED.sum();
  }

  private static Event event(int index) {
    return events.byIndex().apply(index).event();
  }

  /** Answers the event of each number, decoded and transformed beforehand. */
  static final class EventFn extends DoFn<Integer, RawEvent> {
    private static final long serialVersionUID = 1L;

    @ProcessElement
    public void process(@Element Integer index, OutputReceiver<RawEvent> out) {
      out.output(event(index).raw());
    }
  }

  /** Answers each number's part of the events. */
  static final class ReadFn extends DoFn<Long, Integer> {
    private static final long serialVersionUID = 1L;

    @ProcessElement
    public void process(@Element Long part, OutputReceiver<Integer> out) {
      int from = part.intValue() * PART;
      for (int i = from; i < Math.min(from + PART, events.count()); i++) {
        events.read(i);
        out.output(i);
      }
    }
  }

  /** Counts what comes, and ends it. */
  static final class DropFn<T> extends DoFn<T, Void> {
    private static final long serialVersionUID = 1L;

    @ProcessElement
    public void process(@Element T element) {
      DROPPED.increment();
    }

    @FinishBundle
    public void finishBundle() {
      LAST_DROPPED.set(System.currentTimeMillis());
    }
  }

  /** Which of an event's rows are of one table. */
  static final class RowsFn extends DoFn<Integer, KV<Integer, Integer>> {
    private static final long serialVersionUID = 1L;

    private final String table;

    RowsFn(String table) {
      this.table = table;
    }

    @ProcessElement
    public void process(@Element Integer index, OutputReceiver<KV<Integer, Integer>> out) {
      List<Upsert> upserts = events.byIndex().apply(index).upserts();
      for (int i = 0; i < upserts.size(); i++) {
        if (upserts.get(i).table().equals(table)) {
          out.output(KV.of(index, i));
        }
      }
    }
  }

  /** Fills {@link SinkStatements#upsert}. */
  static final class UpsertSetter implements JdbcIO.PreparedStatementSetter<KV<Integer, Integer>> {
    private static final long serialVersionUID = 1L;

    private final String name;
    private transient Table table;

    UpsertSetter(String name) {
      this.name = name;
    }

    @Override
    public void setParameters(KV<Integer, Integer> row, PreparedStatement statement)
        throws Exception {
      if (table == null) {
        table =
            EventSources.installed().tables().stream()
                .filter(candidate -> candidate.name().equals(name))
                .findFirst()
                .orElseThrow();
      }
      SinkStatements.setUpsert(
          statement,
          table,
          events.byIndex().apply(row.getKey()).upserts().get(row.getValue()));
    }
  }
}
