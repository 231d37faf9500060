package dev.tidegate.pipeline;

import dev.tidegate.pipeline.launch.JobPlacement;
import dev.tidegate.transforms.Batching;
import org.apache.beam.sdk.options.Default;
import org.apache.beam.sdk.options.DefaultValueFactory;
import org.apache.beam.sdk.options.Description;
import org.apache.beam.sdk.options.PipelineOptions;
import org.apache.beam.sdk.options.Validation;

/** The options of a pipeline that writes into PostgreSQL. */
@Description("PostgreSQL")
public interface DatabaseOptions extends PipelineOptions {
  /** The variable that holds the password by default. */
  String PASSWORD_VARIABLE = "TIDEGATE_JDBC_PASSWORD";

  @Description("PostgreSQL's JDBC URL, without credentials.")
  @Validation.Required
  String getJdbcUrl();

  void setJdbcUrl(String value);

  @Description("PostgreSQL's user.")
  @Validation.Required
  String getJdbcUsername();

  void setJdbcUsername(String value);

  @Description("The environment variable that holds PostgreSQL's password on each worker.")
  @Default.String(PASSWORD_VARIABLE)
  String getJdbcPasswordVariable();

  void setJdbcPasswordVariable(String value);

  @Description(
      "The secret that holds PostgreSQL's password, read by each worker:"
          + " projects/PROJECT/secrets/NAME/versions/VERSION; in the place of"
          + " --jdbcPasswordVariable. With latest as the version, a rotated password is found"
          + " without a restart.")
  String getJdbcPasswordSecret();

  void setJdbcPasswordSecret(String value);

  @Description("Database connections of each worker.")
  @Default.Integer(4)
  int getJdbcPoolSize();

  void setJdbcPoolSize(int value);

  @Description("How long a statement may run before it is cancelled and repeated: 5s, 30s, 2m.")
  @Default.String("30s")
  String getJdbcStatementTimeout();

  void setJdbcStatementTimeout(String value);

  @Description("How long a statement may wait for another transaction's lock: 5s, 10s.")
  @Default.String("10s")
  String getJdbcLockTimeout();

  void setJdbcLockTimeout(String value);

  @Description(
      "What a batch is made of. BUNDLES: the runner's bundles, which are large on Flink. GROUPS:"
          + " events that are collected in state, because bundles are small on Dataflow. By default"
          + " GROUPS on Dataflow and BUNDLES elsewhere. A running job can be updated with the same"
          + " choice only.")
  @Default.InstanceFactory(GroupsOnDataflow.class)
  Batching.Mode getBatching();

  void setBatching(Batching.Mode value);

  /** The default: it depends on how large the runner's bundles are. */
  class GroupsOnDataflow implements DefaultValueFactory<Batching.Mode> {
    @Override
    public Batching.Mode create(PipelineOptions options) {
      return JobPlacement.isOnDataflow(options) ? Batching.Mode.GROUPS : Batching.Mode.BUNDLES;
    }
  }

  @Description("The most rows of a batch: 500 to 2000 do equally well.")
  @Default.Integer(Batching.MAX_ROWS)
  int getBatchRows();

  void setBatchRows(int value);

  @Description("The most bytes of a batch's events.")
  @Default.Long(Batching.MAX_BYTES)
  long getBatchBytes();

  void setBatchBytes(long value);

  @Description("With --batching=GROUPS, how long an event waits for others: 100ms, 1s.")
  @Default.String("200ms")
  String getBatchWait();

  void setBatchWait(String value);

  @Description("With --batching=GROUPS, how many batches are collected side by side.")
  @Default.Integer(8)
  int getBatchShards();

  void setBatchShards(int value);

  @Description("Whether the ledger keeps each event's payload, for inspection.")
  @Default.Boolean(true)
  boolean getLedgerPayload();

  void setLedgerPayload(boolean value);
}
