package dev.tidegate.local.infrastructure;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidegate.local.infrastructure.TerraformModule.Resource;
import dev.tidegate.testing.Repository;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who may do what: neither more nor less than what is written here. */
class TerraformPermissionsTest {
  private static final String PROJECT = "google_project_iam_member";
  private static final List<String> TARGETS =
      List.of(
          "topic",
          "subscription",
          "dataset_id",
          "bucket",
          "repository",
          "secret_id",
          "service_account_id");

  private static TerraformModule module;

  @BeforeAll
  static void readModule() throws Exception {
    module = TerraformModule.read();
  }

  @Test
  void theGatewayPublishesEventsAndReadsItsSecrets() {
    assertThat(granted("gateway"))
        .containsExactlyInAnyOrder(
            "roles/pubsub.publisher on google_pubsub_topic.events",
            "roles/secretmanager.secretAccessor on"
                + " google_secret_manager_secret.gateway_database_password, sometimes",
            "roles/secretmanager.secretAccessor on google_secret_manager_secret.stamp_key",
            "roles/secretmanager.secretAccessor on google_secret_manager_secret.webhook, sometimes",
            "roles/cloudsql.client on the project, sometimes");
  }

  @Test
  void thePipelineHasWhatItsWorkersNeed() {
    assertThat(granted("pipeline"))
        .containsExactlyInAnyOrder(
            "roles/dataflow.worker on the project",
            "roles/pubsub.subscriber on google_pubsub_subscription.pipeline",
            "roles/pubsub.viewer on google_pubsub_subscription.pipeline",
            "roles/pubsub.publisher on google_pubsub_topic.dead_letters",
            "roles/pubsub.publisher on google_pubsub_topic.events",
            "roles/pubsub.subscriber on google_pubsub_subscription.domain, sometimes",
            "roles/pubsub.viewer on google_pubsub_subscription.domain, sometimes",
            "roles/pubsub.publisher on google_pubsub_topic.domain_dead_letters, sometimes",
            "roles/pubsub.publisher on google_pubsub_topic.domain, sometimes",
            "roles/bigquery.dataEditor on google_bigquery_dataset.archive",
            "roles/secretmanager.secretAccessor on google_secret_manager_secret.database_password",
            "roles/secretmanager.secretAccessor on google_secret_manager_secret.stamp_key",
            "roles/storage.objectViewer on google_storage_bucket.templates",
            "roles/storage.objectAdmin on google_storage_bucket.temporary",
            "roles/artifactregistry.reader on google_artifact_registry_repository.images",
            "roles/bigquery.jobUser on the project, sometimes",
            "roles/bigquery.user on the project, sometimes",
            "roles/cloudsql.client on the project, sometimes");
  }

  @Test
  void anAnalystAsksTheArchive() {
    assertThat(granted("analyst"))
        .containsExactlyInAnyOrder(
            "roles/bigquery.dataViewer on google_bigquery_dataset.archive",
            "roles/bigquery.jobUser on the project");
  }

  @Test
  void anOperatorRunsJobsAndLooksAtFailures() {
    assertThat(granted("operator"))
        .containsExactlyInAnyOrder(
            "roles/dataflow.developer on the project",
            "roles/iam.serviceAccountUser on google_service_account.pipeline",
            "roles/storage.objectViewer on google_storage_bucket.templates",
            "roles/monitoring.viewer on the project",
            "roles/logging.viewer on the project",
            "roles/pubsub.subscriber on google_pubsub_subscription.dead_letters",
            "roles/pubsub.subscriber on google_pubsub_subscription.domain_dead_letters, sometimes",
            "roles/pubsub.subscriber on google_pubsub_subscription.pipeline",
            "roles/bigquery.dataViewer on google_bigquery_dataset.archive",
            "roles/bigquery.jobUser on the project");
  }

  @Test
  void theReleaseAddsTemplatesAndReplacesNone() {
    assertThat(granted("release"))
        .containsExactlyInAnyOrder(
            "roles/artifactregistry.writer on google_artifact_registry_repository.images,"
                + " sometimes",
            "roles/storage.objectCreator on google_storage_bucket.templates, sometimes",
            "roles/storage.objectViewer on google_storage_bucket.templates, sometimes");
  }

  /** GitHub signs tokens for everybody: the repository and its environment must be these. */
  @Test
  void onlyThatRepositorysEnvironmentReleases() {
    assertThat(module.text())
        .contains("attribute_condition = \"assertion.repository == '${var.github_repository}'\"")
        .contains("/subject/repo:${var.github_repository}:environment:${var.github_environment}\"");
  }

  @Test
  void thereAreFourIdentitiesAndTheReleases() {
    assertThat(
            module.resources().stream()
                .filter(resource -> resource.type().equals("google_service_account"))
                .map(Resource::name))
        .containsExactlyInAnyOrder("gateway", "pipeline", "analyst", "operator", "release");
  }

  /** One more grant of any kind is one that was not thought about. */
  @Test
  void nothingIsGrantedInAnotherWay() {
    assertThat(
            module.resources().stream()
                .filter(resource -> resource.type().contains("_iam_"))
                .filter(resource -> !resource.type().startsWith("google_iam_workload_identity"))
                .filter(resource -> !resource.text("member").contains("google_service_account."))
                .map(resource -> resource.name() + ": " + resource.text("role")))
        .containsExactlyInAnyOrder(
            "acts_as_analyst: roles/iam.serviceAccountTokenCreator",
            "acts_as_operator: roles/iam.serviceAccountTokenCreator",
            "github_releases: roles/iam.workloadIdentityUser",
            "domain_publisher: roles/pubsub.publisher",
            "consumer: roles/pubsub.subscriber",
            "consumer_dead_letters: roles/pubsub.subscriber",
            "pubsub_forwards: roles/pubsub.publisher",
            "pubsub_acknowledges: roles/pubsub.subscriber");
    assertThat(module.resources())
        .noneMatch(resource -> resource.type().matches(".*_iam_(binding|policy)"))
        .noneMatch(resource -> resource.text("role").matches("roles/(owner|editor|viewer)"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"gateway", "pipeline", "analyst", "operator", "release"})
  void thePageSaysWhoMayDoWhat(String identity) throws IOException {
    String page = Files.readString(Repository.INFRASTRUCTURE_PAGE);
    Matcher row = Pattern.compile("(?m)^\\| `NAME-" + identity + "` \\|(.*)$").matcher(page);
    assertThat(row.find()).isTrue();
    Set<String> named = new TreeSet<>();
    Matcher role = Pattern.compile("`([a-z]+\\.[A-Za-z]+)`").matcher(row.group(1));
    while (role.find()) {
      named.add("roles/" + role.group(1));
    }
    assertThat(named)
        .isEqualTo(
            granted(identity).stream()
                .map(grant -> grant.split(" ", 2)[0])
                .collect(Collectors.toCollection(TreeSet::new)));
  }

  private static List<String> granted(String identity) {
    return module.resources().stream()
        .filter(resource -> resource.type().endsWith("_iam_member"))
        .filter(
            resource ->
                resource.text("member").contains("google_service_account." + identity + "."))
        .map(TerraformPermissionsTest::grant)
        .toList();
  }

  private static String grant(Resource resource) {
    String target =
        resource.type().equals(PROJECT)
            ? "the project"
            : TARGETS.stream()
                .filter(resource.body()::containsKey)
                .map(resource::text)
                .map(reference -> reference.split("\\."))
                .map(parts -> parts[0] + "." + parts[1])
                .findFirst()
                .orElseThrow();
    return resource.text("role")
        + " on "
        + target
        + (resource.body().containsKey("count") || resource.body().containsKey("for_each")
            ? ", sometimes"
            : "");
  }
}
