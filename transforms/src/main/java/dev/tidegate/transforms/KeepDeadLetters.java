package dev.tidegate.transforms;

import dev.tidegate.schemas.DeadLetter;
import dev.tidegate.transforms.postgresql.DatabaseConfiguration;
import org.apache.beam.sdk.coders.VoidCoder;
import org.apache.beam.sdk.transforms.PTransform;
import org.apache.beam.sdk.transforms.ParDo;
import org.apache.beam.sdk.values.PCollection;
import org.apache.beam.sdk.values.PDone;

/**
 * Keeps dead letters in PostgreSQL, the authoritative store, only. {@link DeadLetters} makes copies
 * for analysis too.
 */
public final class KeepDeadLetters extends PTransform<PCollection<DeadLetter>, PDone> {
  private static final long serialVersionUID = 1L;

  private final DatabaseConfiguration database;

  private KeepDeadLetters(DatabaseConfiguration database) {
    this.database = database;
  }

  public static KeepDeadLetters in(DatabaseConfiguration database) {
    return new KeepDeadLetters(database);
  }

  @Override
  public PDone expand(PCollection<DeadLetter> letters) {
    letters
        .apply("WriteDatabase", ParDo.of(new DeadLetters.WriteDatabaseFn(database)))
        .setCoder(VoidCoder.of());
    return PDone.in(letters.getPipeline());
  }
}
