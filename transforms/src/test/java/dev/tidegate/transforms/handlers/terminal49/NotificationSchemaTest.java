package dev.tidegate.transforms.handlers.terminal49;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.tidegate.transforms.handlers.InvalidEventException;
import dev.tidegate.transforms.handlers.PayloadSchema;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NotificationSchemaTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "null",
        "[]",
        "[{'type':'container','id':'c'}]",
        "[{'type':'container','id':'c','attributes':null,'relationships':null,'new':{'x':1}}]",
        "[{'type':'container','id':'c','attributes':{'current_status':'teleported',"
            + "'weight_in_lbs':'100','number':null}}]",
        "[{'type':'container','id':'c','relationships':{'shipment':{'data':null},"
            + "'pod_terminal':{'links':{}},'raw_events':{'data':[5]},'new':{'data':[7]}}}]",
        "[{'type':'never_seen','id':'x','relationships':{'shipment':{'data':[]}}}]"
      })
  void toleratesWhatHandlersDoNotRelyOn(String included) {
    assertThatCode(() -> check(updated().includedIs(included))).doesNotThrowAnyException();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          'SECRET'                                        | /included: type ["array","null"]
          ['SECRET']                                      | /included/0: type "object"
          [{'id':'SECRET'}]                               | /included/0: required type
          [{'type':'container','id':7}]                   | /included/0/id: type "string"
          [{'type':'container','id':''}]                  | /included/0/id: minLength 1
          [{'type':'port','id':'p'},{'type':'port'}]      | /included/1: required id
          [{'type':'port','id':'p','attributes':['SECRET']}] | /included/0/attributes: type ["object","null"]
          [{'type':'container','id':'c','relationships':{'shipment':{'data':['SECRET']}}}] | /included/0/relationships/shipment/data: type ["object","null"]
          [{'type':'shipment','id':'s','relationships':{'destination':{'data':{'id':'SECRET'}}}}] | /included/0/relationships/destination/data: required type
          [{'type':'transport_event','id':'e','relationships':{'vessel':'SECRET'}}] | /included/0/relationships/vessel: type ["object","null"]
          [{'type':'tracking_request','id':'r','relationships':{'tracked_object':{'data':'SECRET'}}}] | /included/0/relationships/tracked_object/data: type ["object","null"]
          """)
  void namesPointerAndRuleAndNoValue(String included, String message) {
    assertThatThrownBy(() -> check(updated().includedIs(included)))
        .isInstanceOf(InvalidEventException.class)
        .hasMessage(message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          {}                                                           | : required data
          {'data':'SECRET'}                                            | /data: type "object"
          {'data':{'id':'n','type':'SECRET','attributes':{'event':'e'}},'included':[{'type':'port','id':'p'}]} | /data/type: const "webhook_notification"
          {'data':{'id':'n','type':'webhook_notification'},'included':[{'type':'port','id':'p'}]} | /data: required attributes
          {'data':{'id':'n','type':'webhook_notification','attributes':{}},'included':[{'type':'port','id':'p'}]} | /data/attributes: required event
          """)
  void checksTheEnvelope(String payload, String message) {
    assertThatThrownBy(
            () -> PayloadSchema.named("terminal49/container").check(Notification.json(payload)))
        .isInstanceOf(InvalidEventException.class)
        .hasMessage(message);
  }

  @Test
  void aMessageNamesTenViolationsAtMostAndStaysShort() {
    String entries = "5,".repeat(5_000) + "5";
    Notification notification = updated().includedIs("[" + entries + "]");

    Throwable invalid = catchThrowable(() -> check(notification));

    assertThat(invalid).isInstanceOf(InvalidEventException.class);
    assertThat(invalid.getMessage().split("; ", -1)).hasSize(11);
    assertThat(invalid).hasMessageEndingWith("; and 4991 more");
    assertThat(invalid.getMessage()).hasSizeLessThan(1_000);
  }

  @Test
  void moreResourcesThanAnyNotificationHoldsAreRefusedUnread() {
    Notification notification = updated().includedIs("[" + "5,".repeat(10_000) + "5]");

    assertThatThrownBy(() -> check(notification))
        .isInstanceOf(InvalidEventException.class)
        .hasMessage("/included: maxItems 10000");
  }

  @ParameterizedTest
  @CsvSource(
      nullValues = "-",
      value = {
        "container.transport.available, transport_event",
        "container.pickup_lfd.changed, transport_event",
        "container.created, container_created_event",
        "container.updated, container_updated_event",
        "container.pod_terminal_changed, container_pod_terminal_changed_event",
        "shipment.estimated.arrival, estimated_event",
        "tracking_request.failed, tracking_request",
        "document.extraction_failed, document"
      })
  void eachFamilyNeedsWhatItIsAboutOrSomethingIncluded(String type, String subject) {
    assertThatCode(() -> check(Notification.of(type).about(subject, "x")))
        .doesNotThrowAnyException();
    assertThatCode(() -> check(Notification.of(type).including("{'id':'v','type':'vessel'}")))
        .doesNotThrowAnyException();
    assertThatThrownBy(() -> check(Notification.of(type)))
        .isInstanceOf(InvalidEventException.class)
        .hasMessageContaining("/data: required relationships")
        .hasMessageContaining(": required included");
    assertThatThrownBy(() -> check(Notification.of(type).about("SECRET", "x").includedIs("[]")))
        .isInstanceOf(InvalidEventException.class)
        .hasMessageContaining("/data/relationships/reference_object/data/type: ")
        .hasMessageContaining("/included: minItems 1")
        .hasMessageNotContaining("SECRET");
  }

  @ParameterizedTest
  @ValueSource(strings = {"'SECRET'", "['SECRET']", "7"})
  void aChangesetThatIsNoneIsInvalid(String changeset) {
    Notification notification =
        updated()
            .including(
                "{'id':'u-1','type':'container_updated_event','attributes':{'changeset':%s}}"
                    .formatted(changeset));

    assertThatThrownBy(() -> check(notification))
        .isInstanceOf(InvalidEventException.class)
        .hasMessage("/included/0/attributes/changeset: type [\"object\",\"null\"]");
  }

  private static void check(Notification notification) throws Exception {
    Notification.SOURCE.validate(Notification.SOURCE.decode(notification.raw()));
  }

  private static Notification updated() {
    return Notification.of("container.updated").about("container_updated_event", "u-1");
  }
}
