package dev.tidegate.pipeline.launch;

import com.google.api.client.googleapis.json.GoogleJsonResponseException;
import com.google.api.services.bigquery.Bigquery;
import com.google.api.services.bigquery.model.DatasetReference;
import com.google.api.services.bigquery.model.TableSchema;
import dev.tidegate.transforms.archive.ArchiveTable;
import dev.tidegate.transforms.bigquery.TableDefinition;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.beam.sdk.options.PipelineOptions;

/**
 * The archive's dataset is there, on the continent where the job runs, and those of its tables that
 * exist have the archive's columns.
 *
 * @param options how BigQuery is reached, and where the job runs
 * @param project the dataset's project
 * @param dataset its name
 */
public record BigQueryCheck(PipelineOptions options, String project, String dataset) {
  private static final String OPTION = "--archiveDataset";

  /** The check of the dataset that {@code options} name. */
  public static LaunchCheck of(PipelineOptions options, DatasetReference dataset) {
    return new LaunchCheck(
        OPTION,
        new BigQueryCheck(options, dataset.getProjectId(), dataset.getDatasetId())::mistakes);
  }

  private List<String> mistakes() throws IOException {
    Bigquery client = GoogleClients.bigquery(options);
    String location;
    try {
      location = client.datasets().get(project, dataset).execute().getLocation();
    } catch (GoogleJsonResponseException refused) {
      return List.of(explain(refused));
    }
    List<String> mistakes = new ArrayList<>();
    Optional<String> region = JobPlacement.regionOf(options);
    if (region.isPresent() && location != null && !areNear(location, region.get())) {
      mistakes.add(
          "%s is in %s and --region in %s: run the job where the dataset is, or all data crosses between continents"
              .formatted(named(), location, region.get()));
    }
    for (ArchiveTable<?> table : ArchiveTable.all()) {
      Optional<TableSchema> actual = schemaOf(client, table.name());
      for (String difference :
          actual.map(TableDefinition.of(table)::differences).orElse(List.of())) {
        mistakes.add(
            "%s has another table %s: %s; change it, or name another dataset"
                .formatted(named(), table.name(), difference));
      }
    }
    return mistakes;
  }

  private String named() {
    return OPTION + " " + project + "." + dataset;
  }

  private String explain(GoogleJsonResponseException refused) throws IOException {
    return switch (refused.getStatusCode()) {
      case 404 -> named() + " must exist, and does not: create it, in the job's region";
      case 401, 403 ->
          named()
              + " may not be looked at: grant roles/bigquery.dataEditor on it to the service account"
              + " that runs this";
      default -> throw refused;
    };
  }

  /** The table's columns; empty where there is no table, and the job creates it. */
  private Optional<TableSchema> schemaOf(Bigquery client, String table) throws IOException {
    try {
      return Optional.ofNullable(
          client.tables().get(project, dataset, table).execute().getSchema());
    } catch (GoogleJsonResponseException refused) {
      if (refused.getStatusCode() == 404) {
        return Optional.empty();
      }
      throw refused;
    }
  }

  /** A region's name begins with its continent; US and EU are BigQuery's names of two of them. */
  private static boolean areNear(String location, String region) {
    return continentOf(location).equals(continentOf(region));
  }

  private static String continentOf(String location) {
    return switch (location) {
      case "EU" -> "europe";
      case "US" -> "us";
      default -> location.split("-")[0];
    };
  }
}
