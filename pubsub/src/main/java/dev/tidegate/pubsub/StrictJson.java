package dev.tidegate.pubsub;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.google.gson.stream.MalformedJsonException;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import com.google.protobuf.util.JsonFormat;
import com.linecorp.armeria.common.grpc.GrpcJsonMarshaller;
import io.grpc.MethodDescriptor.Marshaller;
import io.grpc.MethodDescriptor.PrototypeMarshaller;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.util.function.Function;

/**
 * JSON as the service reads it: a name that the API does not have, and a number in place of a text,
 * are errors in the service's words. The library's reader takes both.
 */
final class StrictJson implements GrpcJsonMarshaller {
  // Gson's takes the URL-safe base64 that Beam sends, which Armeria's default refuses.
  private final GrpcJsonMarshaller gson =
      GrpcJsonMarshaller.builderForGson()
          .jsonParserCustomizer(
              (Function<JsonFormat.Parser, JsonFormat.Parser>) lenient -> JsonFormat.parser())
          .build();

  @Override
  public <T> void serializeMessage(Marshaller<T> marshaller, T message, OutputStream out)
      throws IOException {
    gson.serializeMessage(marshaller, message, out);
  }

  @Override
  public <T> T deserializeMessage(Marshaller<T> marshaller, InputStream in) throws IOException {
    byte[] json = in.readAllBytes();
    if (marshaller instanceof PrototypeMarshaller<T> typed
        && typed.getMessagePrototype() instanceof Message prototype) {
      try (JsonReader reader =
          new JsonReader(new InputStreamReader(new ByteArrayInputStream(json), UTF_8))) {
        checkObject(reader, prototype.getDescriptorForType(), "");
      } catch (MalformedJsonException | EOFException | IllegalStateException malformed) {
        throw Statuses.invalidArgument("Invalid JSON payload received. " + malformed.getMessage());
      }
    }
    return gson.deserializeMessage(marshaller, new ByteArrayInputStream(json));
  }

  private static void checkObject(JsonReader reader, Descriptor type, String path)
      throws IOException {
    reader.beginObject();
    while (reader.hasNext()) {
      String name = reader.nextName();
      FieldDescriptor field =
          type.getFields().stream()
              .filter(each -> each.getJsonName().equals(name) || each.getName().equals(name))
              .findFirst()
              .orElseThrow(
                  () ->
                      Statuses.invalidArgument(
                          "Invalid JSON payload received. Unknown name \"%s\"%s: Cannot find field."
                              .formatted(name, path.isEmpty() ? "" : " at '" + path + "'")));
      String at = path.isEmpty() ? field.getName() : path + "." + field.getName();
      if (field.isMapField() && reader.peek() == JsonToken.BEGIN_OBJECT) {
        FieldDescriptor value = field.getMessageType().findFieldByName("value");
        reader.beginObject();
        for (int i = 0; reader.hasNext(); i++) {
          var unused = reader.nextName();
          checkValue(reader, value, at + "[" + i + "].value");
        }
        reader.endObject();
      } else if (field.isRepeated() && reader.peek() == JsonToken.BEGIN_ARRAY) {
        reader.beginArray();
        for (int i = 0; reader.hasNext(); i++) {
          checkValue(reader, field, at + "[" + i + "]");
        }
        reader.endArray();
      } else {
        checkValue(reader, field, at);
      }
    }
    reader.endObject();
  }

  private static void checkValue(JsonReader reader, FieldDescriptor field, String path)
      throws IOException {
    JsonToken token = reader.peek();
    boolean text =
        field.getType() == FieldDescriptor.Type.STRING
            || field.getType() == FieldDescriptor.Type.BYTES;
    if (text && (token == JsonToken.NUMBER || token == JsonToken.BOOLEAN)) {
      throw Statuses.invalidArgument(
          "Invalid value at '%s' (TYPE_%s), %s"
              .formatted(
                  path,
                  field.getType(),
                  token == JsonToken.NUMBER ? reader.nextString() : reader.nextBoolean()));
    }
    if (token == JsonToken.BEGIN_OBJECT
        && field.getJavaType() == FieldDescriptor.JavaType.MESSAGE) {
      checkObject(reader, field.getMessageType(), path);
    } else {
      // Times, durations and masks are texts, and the library checks what they say.
      reader.skipValue();
    }
  }
}
