import dev.tidegate.schemas.Table;
import dev.tidegate.transforms.Batching;
import dev.tidegate.transforms.UpsertRows;
import dev.tidegate.transforms.handlers.EventSources;
import dev.tidegate.transforms.postgresql.ConnectionPool;
import dev.tidegate.transforms.postgresql.DatabaseConfiguration;
import dev.tidegate.transforms.postgresql.EventWriter;
import dev.tidegate.transforms.postgresql.TransientRetry;
import java.lang.reflect.Method;
import java.nio.file.Path;
import java.util.List;
import org.apache.beam.runners.flink.FlinkPipelineOptions;

/** What the benchmark uses of Tidegate's sink, with the settings it has on one machine. */
final class SinkUnderTest {
  static final int BATCH_ROWS = 1_000;

  /** Flink's parallelism on one machine. */
  static final int THREADS = 2;

  private static final int CONNECTIONS = 4;

  private SinkUnderTest() {}

  static UpsertRows transform(SinkDatabase database, boolean ledgerPayload) {
    return UpsertRows.into(
        configuration(database), Batching.bundles(BATCH_ROWS), ledgerPayload, EventSources.installed());
  }

  static ConnectionPool pool(SinkDatabase database) {
    return ConnectionPool.open(configuration(database));
  }

  static EventWriter writer(ConnectionPool pool, boolean ledgerPayload) {
    return new EventWriter(
        pool, new TransientRetry(() -> {}), EventSources.installed().tables(), ledgerPayload);
  }

  /** A writer of {@code tables}, which keeps bodies in the ledger. */
  static EventWriter writer(ConnectionPool pool, List<Table> tables) {
    return new EventWriter(pool, new TransientRetry(() -> {}), tables, true);
  }

  /** Sets what {@code ./tidegate up} sets: by its own code, so that the two cannot differ. */
  static void useFlinkAsUpDoes(FlinkPipelineOptions options, Path folder) throws Exception {
    Method useFlink =
        Class.forName("dev.tidegate.local.LocalPipeline")
            .getDeclaredMethod("useFlink", FlinkPipelineOptions.class, Path.class, int.class);
    useFlink.setAccessible(true);
    useFlink.invoke(null, options, folder, 2);
  }

  private static DatabaseConfiguration configuration(SinkDatabase database) {
    return new DatabaseConfiguration(
        database.jdbcUrl(), SinkDatabase.USERNAME, "TIDEGATE_JDBC_PASSWORD", CONNECTIONS);
  }
}
