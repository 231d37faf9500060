package dev.tidegate.transforms.convergence;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidegate.testing.Proof;
import dev.tidegate.testing.ProofSize;
import dev.tidegate.testing.TestDatabase;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/**
 * Promise 2 of docs/design.md over generated sets of notifications: sparse, corrected, late,
 * contradictory, repeated, without a time or with an absurd one.
 */
@Proof(
    name = "convergence",
    promise = "The tables are a function of the set of notifications",
    faults = "disorder, repeats, other bodies of one ID, missing and absurd times, other batches")
class ConvergenceIT {
  private static TestDatabase database;
  private static ConvergenceCheck check;

  @BeforeContainer
  static void openDatabase() throws SQLException {
    database = TestDatabase.create();
    check = new ConvergenceCheck(database);
  }

  @AfterContainer
  static void reportAndClose() {
    System.out.println("Convergence: " + check.counts());
    ProofSize.count(check.counts().notifications);
    check.close();
  }

  @Provide
  Arbitrary<SampleSet> sets() {
    return SampleSets.all();
  }

  @Property(edgeCases = EdgeCasesMode.NONE)
  void tablesAreAFunctionOfTheSetOfNotifications(@ForAll("sets") SampleSet set)
      throws SQLException {
    List<Message> messages = set.messages();
    check.assertConverges(messages, DeliveryOrder.several(messages));
  }

  @Example
  void oneIdWithTwoBodiesIsDecidedByTheirHashes() throws SQLException {
    String tenant =
        assertConverges(
            numbered("n-1", CreatedAt.T1, Said.FIRST_VALUES),
            numbered("n-1", CreatedAt.T1, Said.SECOND_VALUES));
    assertThat(
            database.query(
                """
                SELECT e.version = c.identity_version AND strpos(payload_json(p.payload)::text, c.number) > 0
                FROM events e JOIN containers c USING (tenant_id)
                JOIN event_payloads p USING (tenant_id, source, notification_id)
                WHERE tenant_id = '%s' AND p.stored_on = e.payload_stored_on
                """
                    .formatted(tenant)))
        .as("ledger and container describe the same body")
        .isEqualTo("t");
  }

  @Example
  void missingTimeGivesWayToAnyTime() throws SQLException {
    String tenant =
        assertConverges(
            numbered("n-2", CreatedAt.MISSING, Said.FIRST_VALUES),
            numbered("n-3", CreatedAt.NULL, Said.SECOND_VALUES),
            numbered("n-1", CreatedAt.YEAR_1970, Said.THIRD_VALUES));
    assertThat(numberOf(tenant)).isEqualTo("number 3");
  }

  @Example
  void absurdTimeIsRejectedInsteadOfFreezingTheRow() throws SQLException {
    String tenant =
        assertConverges(
            numbered("n-1", CreatedAt.YEAR_9998, Said.FIRST_VALUES),
            numbered("n-2", CreatedAt.DAY_AFTER_TOMORROW, Said.FIRST_VALUES),
            numbered("n-3", CreatedAt.UNREADABLE, Said.FIRST_VALUES),
            numbered("n-4", CreatedAt.YEAR_1, Said.FIRST_VALUES),
            numbered("n-5", CreatedAt.T1, Said.THIRD_VALUES));
    assertThat(numberOf(tenant)).isEqualTo("number 3");
    assertThat(
            database.query(
                """
                SELECT string_agg(notification_id, ' ' ORDER BY notification_id)
                FROM events WHERE tenant_id = '%s'
                """
                    .formatted(tenant)))
        .isEqualTo("n-3 n-4 n-5");
  }

  @Example
  void equalTimesAreDecidedWhateverTheOrder() throws SQLException {
    String tenant =
        assertConverges(
            numbered("n-\uFF5E", CreatedAt.T1_ELSEWHERE, Said.FIRST_VALUES),
            numbered("n-😀", CreatedAt.T1, Said.THIRD_VALUES),
            numbered("n-4", CreatedAt.T1, Said.SECOND_VALUES));
    assertThat(numberOf(tenant)).isIn("number 1", "number 2", "number 3");
  }

  private static String assertConverges(SampleNotification... notifications) throws SQLException {
    List<Message> messages = new SampleSet(List.of(notifications)).messages();
    return check.assertConverges(messages, DeliveryOrder.several(messages));
  }

  /** An update that says nothing but a container's number. */
  private static SampleNotification numbered(String id, CreatedAt createdAt, Said number) {
    ResourceKind kind = ResourceKind.CONTAINER;
    List<Said> said = new ArrayList<>(Collections.nCopies(kind.groups().size(), Said.NOTHING));
    said.set(0, number);
    return new SampleNotification(
        id,
        createdAt,
        "container.updated",
        ResourceKind.CONTAINER_UPDATED_EVENT,
        1,
        Oddity.NONE,
        List.of(
            new SampleResource(
                kind, 1, said, Collections.nCopies(kind.relations().size(), Link.NOT_MENTIONED))));
  }

  private static String numberOf(String tenant) throws SQLException {
    return database.query("SELECT number FROM containers WHERE tenant_id = '%s'".formatted(tenant));
  }
}
