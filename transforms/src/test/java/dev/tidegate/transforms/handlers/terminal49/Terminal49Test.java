package dev.tidegate.transforms.handlers.terminal49;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidegate.schemas.Event;
import dev.tidegate.schemas.NotificationIdentity;
import dev.tidegate.schemas.PermanentFailureException;
import dev.tidegate.schemas.RawEvent;
import dev.tidegate.schemas.Version;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class Terminal49Test {
  private static final String ID = "a7000000-0000-4000-8000-000000000001";
  private static final String TYPE = "container.created";

  private final Terminal49 source = new Terminal49();

  @Test
  void decodesIdTypeAndTimeFromTheBody() throws Exception {
    Event event = source.decode(Notification.of(TYPE).raw());

    assertThat(event.notificationId()).isEqualTo(ID);
    assertThat(event.eventType()).isEqualTo(TYPE);
    assertThat(event.asOf()).isEqualTo(Instant.parse("2026-03-02T08:00:00Z"));
    assertThat(event.payload().at("/data/id").textValue()).isEqualTo(ID);
  }

  @Test
  void theIdIsTheAttributesWhereThereIsOne() throws Exception {
    RawEvent raw = Notification.of(TYPE).raw().toBuilder().notificationId("given").build();

    assertThat(source.decode(raw).notificationId()).isEqualTo("given");
  }

  @Test
  void aMissingTimeIsAConstantNotAClock() throws Exception {
    assertThat(source.decode(raw("{'data':{'id':'n','attributes':{'event':'e'}}}")).asOf())
        .isEqualTo(Version.UNKNOWN_TIME);
    assertThat(
            source
                .decode(raw("{'data':{'id':'n','attributes':{'event':'e','created_at':null}}}"))
                .asOf())
        .isEqualTo(Version.UNKNOWN_TIME);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "'tomorrow'",
        "''",
        "1700000000",
        "{}",
        "'+999999999-01-01T00:00:00Z'",
        "'2026-03-02 08:00:00'"
      })
  void anUnreadableTimeIsUnknown(String createdAt) throws Exception {
    String body = "{'data':{'id':'n','attributes':{'event':'e','created_at':" + createdAt + "}}}";

    assertThat(source.decode(raw(body)).asOf()).isEqualTo(Version.UNKNOWN_TIME);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "   ",
        "not json SECRET",
        "{'data':SECRET",
        "{'data':{}} SECRET",
        "[]",
        "[{'data':{'id':'SECRET'}}]",
        "'SECRET'",
        "null",
        "5",
        "{}",
        "{'data':null}",
        "{'data':['SECRET']}",
        "{'data':{'id':17,'attributes':{'event':'e'}}}",
        "{'data':{'id':null,'attributes':{'event':'e'}}}",
        "{'data':{'id':'','attributes':{'event':'e'}}}",
        "{'data':{'id':' ','attributes':{'event':'e'}}}",
        "{'data':{'id':'SECRET\\u0000','attributes':{'event':'e'}}}",
        "{'data':{'id':'SECRET\\n','attributes':{'event':'e'}}}",
        "{'data':{'id':'SECRET\\ud800','attributes':{'event':'e'}}}",
        "{'data':{'id':'n'}}",
        "{'data':{'id':'n','attributes':null}}",
        "{'data':{'id':'n','attributes':{'event':['SECRET']}}}",
        "{'data':{'id':'n','attributes':{'event':'SECRET\\u0000'}}}"
      })
  void whatIsNoNotificationIsUndecodableAndNotQuoted(String body) {
    assertThatThrownBy(() -> source.decode(raw(body)))
        .isInstanceOf(PermanentFailureException.class)
        .hasMessageNotContaining("SECRET")
        .hasNoCause();
  }

  @Test
  void anIdTooLongForAKeyIsUndecodable() {
    String body = "{'data':{'id':'" + "x".repeat(201) + "','attributes':{'event':'e'}}}";

    assertThatThrownBy(() -> source.decode(raw(body)))
        .isInstanceOf(PermanentFailureException.class)
        .hasMessageContaining("data.id");
  }

  @Test
  void anUnusableAttributeIsNotReplacedByTheBody() {
    RawEvent raw = Notification.of(TYPE).raw().toBuilder().notificationId("a\u0000b").build();

    assertThatThrownBy(() -> source.decode(raw)).isInstanceOf(PermanentFailureException.class);
  }

  @Test
  void theTypeIsTheBodysWhateverTheAttributeSays() throws Exception {
    RawEvent raw = Notification.of(TYPE).raw().toBuilder().eventType("container.created").build();

    assertThat(source.decode(raw).eventType()).isEqualTo(TYPE);
  }

  @Test
  void theTypeIsTheAttributesWhereTheBodyHasNone() throws Exception {
    RawEvent raw =
        raw("{'data':{'id':'n','attributes':{}}}").toBuilder().eventType("container.new").build();

    assertThat(source.decode(raw).eventType()).isEqualTo("container.new");
  }

  @Test
  void nestingOfAThousandLevelsIsUndecodable() {
    String body = "{'data':" + "[".repeat(1000) + "]".repeat(1000) + "}";

    assertThatThrownBy(() -> source.decode(raw(body)))
        .isInstanceOf(PermanentFailureException.class)
        .hasMessageContaining("deeper than 100");
    assertThat(identify(body)).isEqualTo(NotificationIdentity.UNKNOWN);
  }

  @Test
  void bytesThatAreNoTextAreUndecodable() {
    RawEvent raw =
        raw("x").toBuilder().body(new byte[] {'{', '"', (byte) 0xff, (byte) 0xc3, '"'}).build();

    assertThatThrownBy(() -> source.decode(raw)).isInstanceOf(PermanentFailureException.class);
    assertThat(source.identify(raw.body())).isEqualTo(NotificationIdentity.UNKNOWN);
    assertThat(source.identify(new byte[0])).isEqualTo(NotificationIdentity.UNKNOWN);
  }

  @Test
  void identifiesWhateverTheOrderOfFields() {
    assertThat(identify("{'data':{'id':'n','attributes':{'event':'e'}}}"))
        .isEqualTo(identity("n", "e"));
    assertThat(
            identify(
                "{'included':[{'id':'x'}],'data':{'attributes':{'id':'y','z':{'event':'w'},"
                    + "'event':'e'},'relationships':{'id':'v'},'id':'n'}}"))
        .isEqualTo(identity("n", "e"));
  }

  @Test
  void identifiesWhatIsBrokenFurtherOn() {
    assertThat(identify("{'data':{'id':'n','attributes':{'event':'e'}}, 'included': [tru"))
        .isEqualTo(identity("n", "e"));
    assertThat(identify("{'data':{'id':'n',")).isEqualTo(identity("n", null));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "]",
        "[{'data':{'id':'n'}}]",
        "{'data':[{'id':'n'}]}",
        "{'id':'n','attributes':{'event':'e'}}",
        "{'data':{'id':17,'attributes':{'event':null}}}",
        "{'data':{'id':' ','attributes':{'event':''}}}",
        "{'data':{'id':'a\\u0000b','attributes':{'event':'\\ud800'}}}",
        "{'data':{'id':{'id':'n'},'attributes':'event'}}"
      })
  void identifiesNothingWhereThereIsNothing(String body) {
    assertThat(identify(body)).isEqualTo(NotificationIdentity.UNKNOWN);
  }

  @Test
  void doesNotIdentifyByWhatIsTooLongForAKey() {
    assertThat(identify("{'data':{'id':'" + "x".repeat(201) + "','attributes':{'event':'e'}}}"))
        .isEqualTo(identity(null, "e"));
  }

  @Test
  void all43OfficialTypesHaveHandlers() {
    assertThat(Terminal49.MILESTONES).hasSize(28);
    assertThat(Terminal49.eventTypes())
        .hasSize(43)
        .containsAll(Terminal49.MILESTONES)
        .contains(
            "tracking_request.succeeded",
            "tracking_request.failed",
            "tracking_request.awaiting_manifest",
            "tracking_request.tracking_stopped",
            "shipment.estimated.arrival",
            "container.created",
            "container.updated",
            "container.pod_terminal_changed",
            "container.pickup_lfd.changed",
            "container.pickup_lfd_line.changed",
            "container.pickup_lfd_terminal.changed",
            "container.pickup_lfd_rail.changed",
            "container.pickup_appointment.changed",
            "document.extracted",
            "document.extraction_failed");
    assertThat(Terminal49.eventTypes()).allMatch(type -> source.handlerOf(type).isPresent());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "document_representation.created",
        "document_representation.failed",
        "container.ssl_lfd.changed",
        "tracking_request.*",
        "shipment.transport.vessel_arrived",
        "container.picked_up",
        "Container.Created"
      })
  void unknownRetiredAndLaterTypesHaveNone(String type) {
    assertThat(source.handlerOf(type)).isEmpty();
  }

  @Test
  void whatNobodyHandlesNeedNotBeValid() throws Exception {
    Event event = source.decode(Notification.of("document.shredded").includedIs("'none'").raw());

    source.validate(event);
  }

  private NotificationIdentity identify(String singleQuoted) {
    return source.identify(singleQuoted.replace('\'', '"').getBytes(StandardCharsets.UTF_8));
  }

  private static NotificationIdentity identity(String id, String type) {
    return new NotificationIdentity(Optional.ofNullable(id), Optional.ofNullable(type));
  }

  private static RawEvent raw(String singleQuoted) {
    return Notification.raw(singleQuoted.replace('\'', '"'));
  }
}
