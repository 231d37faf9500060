package dev.tidegate.transforms.handlers.declared;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tidegate.schemas.Json;
import dev.tidegate.schemas.PermanentFailureException;
import dev.tidegate.transforms.handlers.PayloadSchema;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SchemaComparisonTest {
  private static final List<String> NAMES = List.of("a", "b", "c", "ab");
  private static final int SCHEMAS = 6_000;
  private static final int VALUES = 60;

  private static JsonNode json(String text) {
    try {
      return Json.mapper().readTree(text.replace('\'', '"'));
    } catch (JsonProcessingException noJson) {
      throw new AssertionError(noJson);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{}| {}",
        "{'type':'integer'}| {'type':'number'}",
        "{'type':'string'}| {'type':['string','null']}",
        "{'type':'string','description':'x'}| {'title':'y','type':'string','format':'date'}",
        "{'required':['a','b']}| {'required':['a']}",
        "{'enum':['x']}| {'enum':['x','y']}",
        "{'enum':['x']}| {'type':'string'}",
        "{'const':1}| {'type':'integer'}",
        "{'minimum':2}| {'minimum':1}",
        "{'minimum':2}| {'exclusiveMinimum':1}",
        "{'exclusiveMaximum':2}| {'maximum':2}",
        "{'multipleOf':6}| {'multipleOf':3}",
        "{'type':'integer'}| {'multipleOf':1}",
        "{'minLength':2,'maxLength':3}| {'minLength':1,'maxLength':4}",
        "{'type':'string'}| {'minimum':5}",
        "{'pattern':'^a'}| {'pattern':'^a'}",
        "{'additionalProperties':false}| {}",
        "{'additionalProperties':false}| {'properties':{'a':{'type':'string'}},'additionalProperties':false}",
        "{'properties':{'a':{}},'additionalProperties':false}| {'properties':{'a':{},'b':{'type':'string'}},'additionalProperties':false}",
        "{'patternProperties':{'^x':{'type':'integer'}}}| {'patternProperties':{'^x':{'type':'number'}}}",
        "{'patternProperties':{'^x':{'type':'integer'}}}| {'properties':{'xy':{'type':'integer'}}}",
        "{'items':{'type':'integer'},'minItems':2}| {'items':{'type':'number'},'minItems':1}",
        "{'prefixItems':[{'type':'string'}],'items':false}| {'items':{'type':'string'}}",
        "{'anyOf':[{'type':'string'},{'type':'null'}]}| {'type':['string','null','boolean']}",
        "{'type':'string'}| {'anyOf':[{'type':'integer'},{'type':'string'}]}",
        "{'anyOf':[{'type':'string'},{'type':'integer'}]}| {'anyOf':[{'type':'number'},{'type':'string'}]}",
        "{'allOf':[{'required':['a']},{'required':['b']}]}| {'required':['a','b']}",
        "{'required':['a','b']}| {'allOf':[{'required':['a']},{'required':['b']}]}",
        "{'$ref':'#/$defs/x','$defs':{'x':{'type':'string'}}}| {'type':'string'}",
        "{'type':'string'}| {'$ref':'#/$defs/x','$defs':{'x':{'type':'string'}}}",
        "{'properties':{'a':{'$ref':'#'}},'type':'object'}| {'properties':{'a':{'$ref':'#'}},'type':['object','null']}",
        "{'oneOf':[{'$ref':'#/$defs/x'},{'type':'null'}],'$defs':{'x':{'type':'string'}}}| {'title':'t','oneOf':[{'$ref':'#/$defs/x'},{'type':'null'}],'$defs':{'x':{'type':'string'}}}",
        "{'not':{'required':['a']}}| {'not':{'required':['a']},'title':'t'}",
        "{'if':{'required':['a']},'then':{'required':['b']}}| {'if':{'required':['a']},'then':{'required':['b']},'title':'t'}",
      })
  void whatTakesAsMuchIsCompatible(String older, String newer) {
    assertThat(SchemaComparison.compare(json(older), json(newer))).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{'properties':{'a':{}}}| {'properties':{'a':{}},'required':['a']}| BREAKING /a became required",
        "{'type':'number'}| {'type':'integer'}| BREAKING  may no longer be of type number with a fraction",
        "{'type':['string','null']}| {'type':'string'}| BREAKING  may no longer be of type null",
        "{'properties':{'a':{'type':'string'}}}| {'properties':{'a':{'type':'integer'}}}| BREAKING /a may no longer be of type string",
        "{'enum':['x','y']}| {'enum':['x']}| BREAKING  no longer takes \"y\"",
        "{'type':'string'}| {'type':'string','const':'x'}| BREAKING  takes only the values of const now",
        "{}| {'additionalProperties':false}| BREAKING  no longer takes members that it does not name",
        "{'properties':{'a':{'type':'string'}},'additionalProperties':false}| {'additionalProperties':false}| BREAKING /a is no longer taken",
        "{'additionalProperties':{'type':'number'}}| {'additionalProperties':{'type':'integer'}}| BREAKING /* may no longer be of type number with a fraction",
        "{'minimum':1}| {'minimum':2}| BREAKING  has a tighter minimum, 2",
        "{'maximum':2}| {'exclusiveMaximum':2}| BREAKING  has a tighter exclusiveMaximum, 2",
        "{'maxLength':9}| {'maxLength':8}| BREAKING  has a tighter maxLength, 8",
        "{}| {'minItems':1}| BREAKING  has a tighter minItems, 1",
        "{'multipleOf':2}| {'multipleOf':4}| BREAKING  has a tighter multipleOf, 4",
        "{}| {'uniqueItems':true}| BREAKING  must not repeat items any more",
        "{'type':'string'}| {'type':'string','pattern':'^a'}| BREAKING  must match a pattern now",
        "{'pattern':'^a'}| {'pattern':'^b'}| CANNOT_TELL  has another pattern",
        "{'properties':{'o':{'properties':{'l':{'items':{'properties':{'s':{'type':'string'}}}}}}}}| {'properties':{'o':{'properties':{'l':{'items':{'properties':{'s':{'type':'string'}},'required':['s']}}}}}}| BREAKING /o/l/*/s became required",
        "{'properties':{'a':{'$ref':'#/$defs/x'}},'$defs':{'x':{'type':'string'}}}| {'properties':{'a':{'$ref':'#/$defs/x'}},'$defs':{'x':{'type':'null'}}}| BREAKING /a may no longer be of type string",
        "{}| {'properties':{'a/b':{'type':'string'}}}| CANNOT_TELL /a~1b was not described before: an event that had it may be refused",
        "{}| {'oneOf':[{'type':'string'},{'type':'null'}]}| CANNOT_TELL  has another oneOf, or one that depends on others",
        "{}| {'not':{'type':'string'}}| CANNOT_TELL  has another not, or one that depends on others",
        "{}| {'if':{'required':['a']},'then':{'required':['b']}}| CANNOT_TELL  has another if, or one that depends on others",
        "{}| {'unevaluatedProperties':false}| CANNOT_TELL  has another unevaluatedProperties, or one that depends on others",
        "{}| {'$ref':'other.json'}| CANNOT_TELL  refers to what is not in the schema",
        "{}| {'anyOf':[{'type':'string'}]}| CANNOT_TELL  has another anyOf",
        "{'not':{'required':['b']}}| {'required':['a'],'not':{'required':['b']}}| CANNOT_TELL /a became required",
        "{'if':{'required':['a']},'then':{'required':['b']}}| {'if':{'required':['a']},'then':{'required':['c']}}| CANNOT_TELL  has another if, or one that depends on others",
        "{'$ref':'#/$defs/x','$defs':{'x':{'oneOf':[{'type':'null'}]}}}| {'oneOf':[{'$ref':'#/$defs/x'}],'$defs':{'x':{'type':'string'}}}| CANNOT_TELL  has another oneOf, or one that depends on others",
      })
  void whatTakesLessIsToldWithItsPlace(String older, String newer, String told) {
    assertThat(SchemaComparison.compare(json(older), json(newer)))
        .extracting(each -> each.kind() + " " + each.place() + " " + each.rule())
        .containsExactly(told);
  }

  /** What is called compatible is: no value that is made here shows the contrary. */
  @Test
  void whatIsCalledCompatibleRefusesNoValueThatWasTaken() {
    Random random = new Random(17);
    int compatible = 0;
    int refused = 0;
    for (int i = 0; i < SCHEMAS; i++) {
      JsonNode older = withDefinitions(random, schema(random, 3));
      JsonNode newer =
          random.nextInt(4) == 0
              ? withDefinitions(random, schema(random, 3))
              : changed(random, older.deepCopy());
      boolean isCompatible = SchemaComparison.compare(older, newer).isEmpty();
      compatible += isCompatible ? 1 : 0;
      PayloadSchema was = PayloadSchema.of(older);
      PayloadSchema is = PayloadSchema.of(newer);
      for (int j = 0; j < VALUES; j++) {
        JsonNode value = value(random, 3);
        if (takes(was, value) && !takes(is, value)) {
          refused++;
          assertThat(isCompatible)
              .as("%s takes %s, which %s does not", older, value, newer)
              .isFalse();
        }
      }
    }
    assertThat(compatible).as("pairs called compatible").isGreaterThan(SCHEMAS / 10);
    assertThat(refused).as("values that were taken, and are refused").isGreaterThan(SCHEMAS);
  }

  private static boolean takes(PayloadSchema schema, JsonNode value) {
    try {
      schema.check(value);
      return true;
    } catch (PermanentFailureException refused) {
      return false;
    }
  }

  private static JsonNode withDefinitions(Random random, JsonNode schema) {
    if (schema instanceof ObjectNode object) {
      // What refers to itself without going into a value takes for ever to check.
      JsonNode definition = schema(random, 0);
      if (definition instanceof ObjectNode recursive && random.nextBoolean()) {
        recursive.putObject("properties").putObject("a").put("$ref", "#/$defs/x");
      }
      object.putObject("$defs").set("x", definition);
    }
    return schema;
  }

  private static JsonNode schema(Random random, int depth) {
    if (random.nextInt(12) == 0) {
      return Json.mapper().getNodeFactory().booleanNode(random.nextInt(3) > 0);
    }
    ObjectNode schema = Json.mapper().createObjectNode();
    for (int i = random.nextInt(4); i >= 0; i--) {
      keyword(random, schema, depth);
    }
    return schema;
  }

  private static void keyword(Random random, ObjectNode schema, int depth) {
    int choice = random.nextInt(depth > 0 ? 30 : 15);
    switch (choice) {
      case 0, 1, 2 -> {
        ArrayNode types = schema.putArray("type");
        List<String> all =
            new ArrayList<>(
                List.of("string", "integer", "number", "object", "array", "null", "boolean"));
        for (int i = random.nextInt(3); i >= 0; i--) {
          types.add(all.remove(random.nextInt(all.size())));
        }
      }
      case 3 -> schema.put("minimum", random.nextInt(4));
      case 4 -> schema.put("maximum", random.nextInt(4));
      case 5 -> schema.put("exclusiveMinimum", random.nextInt(4));
      case 6 -> schema.put("exclusiveMaximum", random.nextInt(4));
      case 7 -> schema.put("multipleOf", 1 + random.nextInt(3));
      case 8 -> schema.put("minLength", random.nextInt(3));
      case 9 -> schema.put("maxLength", random.nextInt(3));
      case 10 -> schema.put("pattern", random.nextBoolean() ? "^a" : "b$");
      case 11 -> {
        ArrayNode values = schema.putArray("enum");
        values.add(value(random, 0));
        JsonNode other = value(random, 0);
        if (!other.equals(values.get(0))) {
          values.add(other);
        }
      }
      case 12 -> schema.putArray("required").add(NAMES.get(random.nextInt(NAMES.size())));
      case 13 -> schema.put(random.nextBoolean() ? "minItems" : "minProperties", random.nextInt(3));
      case 14 -> schema.put(random.nextBoolean() ? "maxItems" : "maxProperties", random.nextInt(3));
      case 15, 16, 17, 18 -> {
        ObjectNode properties = schema.withObject("/properties");
        properties.set(NAMES.get(random.nextInt(NAMES.size())), schema(random, depth - 1));
      }
      case 19, 20 -> schema.set("additionalProperties", schema(random, depth - 1));
      case 21 ->
          schema
              .withObject("/patternProperties")
              .set(random.nextBoolean() ? "^a" : "b", schema(random, depth - 1));
      case 22 -> schema.set("items", schema(random, depth - 1));
      case 23 -> schema.putArray("prefixItems").add(schema(random, depth - 1));
      case 24 ->
          schema
              .putArray(random.nextBoolean() ? "anyOf" : "oneOf")
              .add(schema(random, depth - 1))
              .add(schema(random, depth - 1));
      case 25 -> schema.putArray("allOf").add(schema(random, depth - 1));
      case 26 -> schema.put("$ref", "#/$defs/x");
      case 27 -> schema.set("not", schema(random, depth - 1));
      case 28 -> {
        schema.set("if", schema(random, depth - 1));
        schema.set(random.nextBoolean() ? "then" : "else", schema(random, depth - 1));
      }
      default -> schema.set("contains", schema(random, depth - 1));
    }
  }

  /** A keyword more or less, somewhere. */
  private static JsonNode changed(Random random, JsonNode schema) {
    if (!(schema instanceof ObjectNode object)) {
      return withDefinitions(random, schema(random, 2));
    }
    List<ObjectNode> places = new ArrayList<>(List.of(object));
    object
        .path("properties")
        .forEach(
            property -> {
              if (property instanceof ObjectNode place) {
                places.add(place);
              }
            });
    ObjectNode place = places.get(random.nextInt(places.size()));
    List<String> names = new ArrayList<>();
    place.fieldNames().forEachRemaining(names::add);
    names.remove("$defs");
    if (!names.isEmpty() && random.nextBoolean()) {
      place.remove(names.get(random.nextInt(names.size())));
    } else {
      keyword(random, place, 2);
    }
    return schema;
  }

  private static JsonNode value(Random random, int depth) {
    return switch (random.nextInt(depth > 0 ? 12 : 7)) {
      case 0 -> Json.mapper().nullNode();
      case 1 -> json(random.nextBoolean() ? "true" : "false");
      case 2, 3 -> json(String.valueOf(random.nextInt(5)));
      case 4 -> json(random.nextInt(3) + ".5");
      case 5, 6 -> json(List.of("''", "'a'", "'ab'", "'b'", "'cab'").get(random.nextInt(5)));
      case 7, 8 -> {
        ArrayNode array = Json.mapper().createArrayNode();
        for (int i = random.nextInt(3); i > 0; i--) {
          array.add(value(random, depth - 1));
        }
        yield array;
      }
      default -> {
        ObjectNode object = Json.mapper().createObjectNode();
        for (int i = random.nextInt(4); i > 0; i--) {
          object.set(NAMES.get(random.nextInt(NAMES.size())), value(random, depth - 1));
        }
        yield object;
      }
    };
  }
}
