package dev.tidegate.transforms.convergence;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.tidegate.schemas.Json;
import java.math.BigDecimal;

/** What an attribute holds. */
enum ValueType {
  TEXT {
    @Override
    JsonNode value(String attribute, int which) {
      return JSON.textNode(attribute + (which == 2 ? " 二 😀" : " " + which));
    }
  },
  /** In each of the spellings a provider has used over the years. */
  TIME {
    @Override
    JsonNode value(String attribute, int which) {
      return JSON.textNode(
          switch (which) {
            case 1 -> "2026-04-11T07:00:00Z";
            case 2 -> "2026-04-12T23:30:00-07:00";
            default -> "2026-04-13 09:15:42 UTC";
          });
    }
  },
  NUMBER {
    @Override
    JsonNode value(String attribute, int which) {
      return JSON.numberNode(new BigDecimal("38120." + "50".repeat(which)));
    }
  },
  /** A number in a text, as ports have them. */
  COORDINATE {
    @Override
    JsonNode value(String attribute, int which) {
      return JSON.textNode("-" + which + "7.750");
    }
  },
  INTEGER {
    @Override
    JsonNode value(String attribute, int which) {
      return JSON.numberNode(20 * which);
    }
  },
  FLAG {
    @Override
    JsonNode value(String attribute, int which) {
      return JSON.booleanNode(which == 1);
    }
  },
  TEXTS {
    @Override
    JsonNode value(String attribute, int which) {
      return which == 3 ? JSON.arrayNode() : JSON.arrayNode().add(attribute + " " + which);
    }
  },
  OBJECTS {
    @Override
    JsonNode value(String attribute, int which) {
      return which == 3
          ? JSON.arrayNode()
          : JSON.arrayNode()
              .add(JSON.objectNode().put("status", "hold").put("name", "customs " + which));
    }
  },
  OBJECT {
    @Override
    JsonNode value(String attribute, int which) {
      return JSON.objectNode().put("z", which).putNull("null").put("a", "b");
    }
  },
  /** Of three deadlines some are told, one perhaps as null. */
  DEADLINES {
    @Override
    JsonNode value(String attribute, int which) {
      var deadlines = JSON.objectNode();
      deadlines.set("pickup_lfd_terminal", which == 3 ? null : TIME.value("", which));
      if (which != 2) {
        deadlines.set("pickup_lfd_rail", TIME.value("", which));
      }
      return deadlines.put("free_days", which);
    }
  },
  CHANGESET {
    @Override
    JsonNode value(String attribute, int which) {
      var changes = JSON.objectNode();
      changes
          .putArray("holds_at_pod_terminal")
          .add(OBJECTS.value("", which))
          .add(OBJECTS.value("", 3));
      changes.putArray("pickup_lfd").addNull().add(TIME.value("", which));
      changes.putArray("pickup_lfd_line").add(TIME.value("", which)).addNull();
      changes.putArray("available_for_pickup").add(false).add(true);
      return changes;
    }
  };

  private static final JsonNodeFactory JSON = Json.mapper().getNodeFactory();

  /**
   * A value.
   *
   * @param which 1, 2 or 3: different numbers are different values
   */
  abstract JsonNode value(String attribute, int which);
}
