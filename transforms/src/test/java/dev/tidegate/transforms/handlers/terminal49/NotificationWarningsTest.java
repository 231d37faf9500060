package dev.tidegate.transforms.handlers.terminal49;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidegate.schemas.PermanentFailureException;
import dev.tidegate.schemas.Upsert;
import dev.tidegate.schemas.Warning;
import dev.tidegate.transforms.handlers.PayloadSchema;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What cannot be stored costs itself only, and is named without being quoted. */
class NotificationWarningsTest {
  private static final String MILESTONE = "container.transport.vessel_loaded";

  private static Notification milestone() {
    return Notification.of(MILESTONE).about("transport_event", "e-1");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "null",
        "[]",
        "[{'type':'container','id':'c','attributes':null,'relationships':null,'new':{'x':1}}]",
        "[{'type':'container','id':'c','attributes':{'current_status':'teleported',"
            + "'weight_in_lbs':'100','number':null}}]",
        "[{'type':'container','id':'c','relationships':{'shipment':{'data':null},"
            + "'pod_terminal':{'links':{}},'raw_events':{'data':[5]},'new':{'data':[7]}}}]",
        "[{'type':'user','id':'x','relationships':{'shipment':{'data':[]}}}]"
      })
  void additionsNullsAndUnknownValuesAreNothingToWarnOf(String included) {
    assertThat(milestone().includedIs(included).warnings()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          'SECRET'                                        | /included must be an array
          ['SECRET']                                      | /included/0 must be an object with a type and an ID, both of text
          [null]                                          | /included/0 must be an object with a type and an ID, both of text
          [{'id':'SECRET'}]                               | /included/0 must be an object with a type and an ID, both of text
          [{'type':'user','id':7}]                        | /included/0 must be an object with a type and an ID, both of text
          [{'type':'container','id':''}]                  | /included/0 must be an object with a type and an ID, both of text
          [{'type':'SECRETs','id':'p'}]                   | /included/0/type must be a type of resource that Terminal49 documents
          [{'type':'Container','id':'p'}]                 | /included/0/type must be a type of resource that Terminal49 documents
          [{'type':'container','id':'SECRET\\u0000'}]     | /included/0/id containers.t49_container_id must not hold NUL or half of a surrogate pair
          [{'type':'port','id':'p','attributes':['SECRET']}] | /included/0/attributes must be an object
          [{'type':'container','id':'c','relationships':['SECRET']}] | /included/0/relationships must be an object
          [{'type':'container','id':'c','relationships':{'shipment':{'data':['SECRET']}}}] | /included/0/relationships/shipment/data must be an object with a type and an ID, both of text
          [{'type':'container','id':'c','relationships':{'shipment':{'data':{'type':'shipments','id':'s'}}}}] | /included/0/relationships/shipment/data/type must be a type of resource that Terminal49 documents
          [{'type':'shipment','id':'s','relationships':{'destination':{'data':{'id':'SECRET'}}}}] | /included/0/relationships/destination/data must be an object with a type and an ID, both of text
          [{'type':'transport_event','id':'e','relationships':{'vessel':'SECRET'}}] | /included/0/relationships/vessel must be an object
          [{'type':'document','id':'d','relationships':{'cargos':{'data':{}}}}] | /included/0/relationships/cargos/data must be an array
          [{'type':'document','id':'d','relationships':{'cargos':{'data':[{'type':'container','id':'c'},'SECRET']}}}] | /included/0/relationships/cargos/data/1 must be an object with a type and an ID, both of text
          [{'type':'container_updated_event','id':'u','attributes':{'changeset':'SECRET'}}] | /included/0/attributes/changeset must be an object
          [{'type':'container_updated_event','id':'u','attributes':{'changeset':{'x':[1,'SECRET\\u0000']}}}] | /included/0/attributes/changeset container_changes.after must not hold NUL or half of a surrogate pair
          [{'type':'container','id':'c','attributes':{'number':['SECRET']}}] | /included/0/attributes/number containers.number must be a single value, not an array or object
          [{'type':'container','id':'c','attributes':{'equipment_length':'SECRET'}}] | /included/0/attributes/equipment_length containers.equipment_length must be a number
          [{'type':'container','id':'c','attributes':{'available_for_pickup':'true'}}] | /included/0/attributes/available_for_pickup containers.available_for_pickup must be true or false
          [{'type':'container','id':'c','attributes':{'pickup_lfd':'2026-03-03'}}] | /included/0/attributes/pickup_lfd containers.pickup_lfd must be a time with an offset, as in RFC 3339, within years 1 to 9999
          [{'type':'container','id':'c','attributes':{'pickup_lfd':''}}] | /included/0/attributes/pickup_lfd containers.pickup_lfd must be a time with an offset, as in RFC 3339, within years 1 to 9999
          [{'type':'container','id':'c','attributes':{'import_deadlines':{'pickup_lfd_rail':'SECRET'}}}] | /included/0/attributes/import_deadlines/pickup_lfd_rail containers.pickup_lfd_rail must be a time with an offset, as in RFC 3339, within years 1 to 9999
          [{'type':'container','id':'c','attributes':{'SECRET':'\\u0000'}}] | /included/0/attributes containers.extra must not hold NUL or half of a surrogate pair
          [{'type':'container','id':'c','attributes':{'SECRET\\u0000':1}}] | /included/0/attributes containers.extra must not hold NUL or half of a surrogate pair
          [{'type':'port','id':'p'},{'type':'port','id':'p'}] | /included/1 must be included once: the first counts
          """)
  void whatCannotBeStoredCostsItselfOnly(String included, String warning) {
    Notification notification = milestone().includedIs(included);

    assertThat(notification.warnings()).containsExactly(warning);
    assertThat(notification.rows())
        .as("the milestone is stored beside it")
        .extracting(Upsert::table)
        .contains("container_events");
  }

  @Test
  void oneBadAttributeLeavesTheOthers() {
    Notification notification =
        milestone()
            .including(
                "{'id':'c-1','type':'container','attributes':{'number':'TEMU1','seal_number':'S',"
                    + "'pickup_lfd':'soon','a':1,'b':'\\u0000','weight_in_lbs':1e2000}}");

    assertThat(notification.row(Terminal49Tables.CONTAINERS))
        .containsEntry("number", "TEMU1")
        .containsEntry("seal_number", "S")
        .containsEntry("extra", "{\"a\":1}")
        .doesNotContainKeys("pickup_lfd", "weight_in_lbs");
    assertThat(notification.warnings()).hasSize(3);
  }

  @Test
  void anUnreadableTimeOfTheNotificationIsWarnedOf() {
    assertThat(milestone().createdAt("tomorrow").warnings())
        .containsExactly(
            "/data/attributes/created_at must be a time with an offset, as in RFC 3339, within"
                + " years 1 to 9999");
  }

  @Test
  void warningsAreBounded() {
    Notification notification = milestone().includedIs("[" + "5,".repeat(5_000) + "5]");

    assertThat(notification.warnings())
        .hasSize(5_001)
        .allMatch(warning -> warning.length() < 2 * 200);
    // What the ledger keeps is bounded by TransformedEvent.
    assertThat(Warning.MOST).isLessThan(50);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          transport_events | [{'type':'transport_events','id':'e-1'},{'type':'containers','id':'c'}]
          Transport_Event  | []
          container        | null
          user             | [{'type':'user','id':'u1','attributes':{'name':'x'}}]
          """)
  void aNotificationOfWhichNothingCanBeStoredIsInvalid(String subjectType, String included) {
    assertThat(
            Notification.of(MILESTONE).about(subjectType, "SECRET").includedIs(included).refusal())
        .startsWith("nothing in it can be stored; ")
        .contains(
            "/data/relationships/reference_object/data must name a resource of type"
                + " transport_event")
        .doesNotContain("SECRET");
    assertThat(Notification.of(MILESTONE).includedIs(included).refusal())
        .startsWith("nothing in it can be stored; ");
  }

  @Test
  void aSubjectOfAnotherTypeIsWarnedOfWhereSomethingIsStored() {
    assertThat(
            Notification.of(MILESTONE)
                .about("transport_events", "e-1")
                .including(Fixtures.CONTAINER)
                .warnings())
        .containsExactly(
            "/data/relationships/reference_object/data must name a resource of type"
                + " transport_event");
  }

  @Test
  void moreResourcesThanAnyNotificationHoldsAreRefusedUnread() {
    assertThat(milestone().includedIs("[" + "5,".repeat(10_000) + "5]").refusal())
        .isEqualTo("/included: maxItems 10000");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          {}                                                           | : required data
          {'data':'SECRET'}                                            | /data: type "object"
          {'data':{'id':'n','type':'SECRET','attributes':{'event':'e'}}} | /data/type: const "webhook_notification"
          {'data':{'id':'n','type':'webhook_notification'}}            | /data: required attributes
          {'data':{'id':'n','type':'webhook_notification','attributes':{}}} | /data/attributes: required event
          """)
  void theEnvelopeIsChecked(String payload, String message) {
    assertThatThrownBy(
            () -> PayloadSchema.named("terminal49/notification").check(Notification.json(payload)))
        .isInstanceOf(PermanentFailureException.class)
        .hasMessage(message);
  }

  /** 45,000 characters of somebody's data, as names: they are in no message. */
  @Test
  void namesThatTheSenderMadeUpAreNotQuoted() {
    String secret = "SECRET".repeat(7_500);
    Notification notification =
        milestone()
            .including(
                ("{'id':'u','type':'container_updated_event','attributes':{'changeset':"
                        + "{'%s':[1,2],'SECRET\\u0000':[1,2],'':[1,2]}}}")
                    .formatted(secret));

    assertThat(notification.warnings())
        .containsExactly(
            "/included/0/attributes/changeset container_changes.field must have at most 200"
                + " characters, not 45000",
            "/included/0/attributes/changeset container_changes.field must not hold NUL or half of"
                + " a surrogate pair");
  }
}
