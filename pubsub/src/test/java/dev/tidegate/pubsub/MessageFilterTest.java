package dev.tidegate.pubsub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MessageFilterTest {
  private static final Map<String, String> MESSAGE =
      Map.of("type", "container.updated", "tenant", "acme", "odd key", "a\"b", "NOT", "1");

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "``                                                              | true",
        "attributes:type                                                 | true",
        "attributes:missing                                              | false",
        "attributes:\"odd key\"                                          | true",
        "attributes.tenant = \"acme\"                                    | true",
        "attributes.tenant=\"acme\"                                      | true",
        "attributes . tenant = \"acme\"                                  | true",
        "attributes.tenant = \"Acme\"                                    | false",
        "attributes.tenant != \"acme\"                                   | false",
        "attributes.tenant != \"other\"                                  | true",
        "attributes.missing != \"x\"                                     | true",
        "attributes.missing = \"x\"                                      | false",
        "attributes.\"odd key\" = \"a\\\"b\"                             | true",
        "attributes.tenant = \"\\u0061cm\\x65\"                          | true",
        "attributes.tenant = \"\\141cme\"                                | true",
        "hasPrefix(attributes.type, \"container.\")                      | true",
        "hasPrefix(attributes.type, \"shipment.\")                       | false",
        "hasPrefix(attributes.missing, \"\")                             | false",
        "NOT attributes:type                                             | false",
        "-attributes:missing                                             | true",
        "NOT NOT attributes:type                                         | true",
        "attributes:NOT                                                  | true",
        "attributes:type AND attributes:tenant                           | true",
        "attributes:type AND attributes:missing                          | false",
        "attributes:type AND attributes:tenant AND attributes:missing    | false",
        "attributes:missing OR attributes:tenant                         | true",
        "attributes:missing OR attributes:gone                           | false",
        "NOT attributes:missing AND attributes:type                      | true",
        "NOT (attributes:type AND attributes:tenant)                     | false",
        "(attributes:missing OR attributes:type) AND attributes:tenant   | true",
        "attributes:missing OR (attributes:type AND -attributes:tenant)  | false",
      })
  void matchesAttributes(String filter, boolean expected) {
    assertThat(MessageFilter.parse(filter).matches(MESSAGE)).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        " ",
        "type",
        "attributes",
        "attributes:",
        "attributes.type",
        "attributes.type = container",
        "attributes.type == \"x\"",
        "attributes.type = \"x",
        "attributes.type = \"x\\",
        "attributes.type = \"\\q\"",
        "attributes.type = \"\\u00g0\"",
        "attributes:a.b",
        "attributes:a AND",
        "attributes:a and attributes:b",
        "attributes:a attributes:b",
        "attributes:a AND attributes:b OR attributes:c",
        "attributes:a OR attributes:b AND attributes:c",
        "(attributes:a",
        "attributes:a)",
        "hasPrefix(attributes.a)",
        "hasPrefix(attributes:a, \"x\")",
        "hasSuffix(attributes.a, \"x\")",
        "NOT",
      })
  void refusesWhatIsNotAFilter(String filter) {
    assertThatThrownBy(() -> MessageFilter.parse(filter))
        .isInstanceOfSatisfying(
            StatusRuntimeException.class,
            e -> assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT))
        .hasMessageContaining("Invalid filter");
  }

  @ParameterizedTest
  @ValueSource(ints = {300})
  void refusesWhatIsTooLong(int length) {
    assertThatThrownBy(() -> MessageFilter.parse("attributes:" + "a".repeat(length)))
        .hasMessageContaining("256 bytes");
  }
}
