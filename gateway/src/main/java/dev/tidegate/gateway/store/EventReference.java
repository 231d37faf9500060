package dev.tidegate.gateway.store;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonSerializer;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.annotation.JsonSerialize;
import java.io.IOException;
import java.util.UUID;

/** Which event of which tenant. The API writes its {@link EventToken}. */
@JsonSerialize(using = EventReference.Writer.class)
public record EventReference(String tenant, UUID eventId) {
  /** Writes with the tokens that are an attribute of the writer. */
  static final class Writer extends JsonSerializer<EventReference> {
    @Override
    public void serialize(
        EventReference reference, JsonGenerator generator, SerializerProvider provider)
        throws IOException {
      EventToken tokens = (EventToken) provider.getAttribute(EventToken.class);
      generator.writeString(tokens.of(reference.tenant, reference.eventId));
    }
  }
}
