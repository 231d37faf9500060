package dev.tidegate.transforms.handlers.terminal49;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidegate.transforms.handlers.terminal49.JsonApiDocument.Relationship;
import dev.tidegate.transforms.handlers.terminal49.JsonApiDocument.Resource;
import dev.tidegate.transforms.handlers.terminal49.JsonApiDocument.ResourceId;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonApiDocumentTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{'included':null}",
        "{'included':'none'}",
        "{'included':{'type':{},'id':[]}}",
        "{'included':[null,5,'x',[],{},{'type':'container'},{'type':'container','id':7}]}",
        "{'included':[{'type':'container','id':''}]}"
      })
  void anIncludedThatIsNoneHoldsNothing(String json) {
    JsonApiDocument document = JsonApiDocument.of(Notification.json(json));

    assertThat(document.included()).isEmpty();
    assertThat(document.find(new ResourceId("container", "c"))).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{'data':5}",
        "{'data':{'relationships':null}}",
        "{'data':{'relationships':{'reference_object':null}}}",
        "{'data':{'relationships':{'reference_object':{'data':null}}}}",
        "{'data':{'relationships':{'reference_object':{'data':[]}}}}",
        "{'data':{'relationships':{'reference_object':{'data':{'type':'transport_event'}}}}}",
        "{'data':{'relationships':{'reference_object':{'data':{'type':'container','id':'c'}}}}}"
      })
  void aReferenceThatIsNoneIsEmpty(String json) {
    assertThat(JsonApiDocument.of(Notification.json(json)).referenceTo("transport_event"))
        .isEmpty();
  }

  @Test
  void ofTwoResourcesOfOneIdentityTheFirstWins() {
    JsonApiDocument document =
        JsonApiDocument.of(
            Notification.json(
                "{'included':[{'type':'port','id':'p','attributes':{'name':'first'}},"
                    + "{'type':'port','id':'p','attributes':{'name':'second'}},"
                    + "{'type':'vessel','id':'p','attributes':{'name':'other'}}]}"));

    assertThat(document.included())
        .extracting(resource -> resource.attributes().path("name").asText())
        .containsExactly("first", "other");
  }

  @Test
  void tellsARelationshipToNothingFromNoneAtAll() {
    Resource container =
        JsonApiDocument.of(
                Notification.json(
                    "{'included':[{'type':'container','id':'c','relationships':{'a':{'data':null},"
                        + "'b':{'links':{}},'c':null,'d':{'data':[]},"
                        + "'e':{'data':{'type':'shipment','id':'s'}}}}]}"))
            .find(new ResourceId("container", "c"))
            .orElseThrow();

    assertThat(container.relationship("a")).contains(Relationship.TO_NOTHING);
    assertThat(container.relationship("b")).isEmpty();
    assertThat(container.relationship("c")).isEmpty();
    assertThat(container.relationship("d")).isEmpty();
    assertThat(container.relationship("missing")).isEmpty();
    assertThat(container.relationship("e"))
        .contains(new Relationship(Optional.of(new ResourceId("shipment", "s"))));
  }
}
