import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tidegate.schemas.Effect;
import dev.tidegate.schemas.Event;
import dev.tidegate.schemas.Json;
import dev.tidegate.schemas.NotificationIdentity;
import dev.tidegate.schemas.RawEvent;
import dev.tidegate.schemas.Table;
import dev.tidegate.schemas.YamlDocument;
import dev.tidegate.transforms.handlers.EventHandler;
import dev.tidegate.transforms.handlers.EventSource;
import dev.tidegate.transforms.handlers.EventSources;
import dev.tidegate.transforms.handlers.HandlerOutput;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Tells what effects cost the pipeline: EffectRates FOLDER FILE COUNT PAIRS. The same source runs
 * with a follow-up event an event, then with a task too, and without.
 */
public final class EffectRates {
  /** The longest that events with effects may take, of what those without take. */
  private static final double WANTED = 1.15;

  /** A source whose handlers cause a follow-up event besides their rows, and perhaps a task. */
  private record WithEffects(EventSource source, boolean withTask) implements EventSource {
    private static final long serialVersionUID = 1L;

    @Override
    public String name() {
      return source.name();
    }

    @Override
    public NotificationIdentity identify(byte[] body) {
      return source.identify(body);
    }

    @Override
    public Event decode(RawEvent raw) {
      return source.decode(raw);
    }

    @Override
    public void validate(Event event) {
      source.validate(event);
    }

    @Override
    public Optional<EventHandler> handlerOf(String eventType) {
      return source
          .handlerOf(eventType)
          .map(
              handler ->
                  event -> {
                    HandlerOutput output = handler.handle(event).causing(followUp(event));
                    return withTask ? output.causing(task(event)) : output;
                  });
    }

    @Override
    public List<Table> tables() {
      return source.tables();
    }

    private static Effect followUp(Event event) {
      return Effect.event("billing.changed").aggregate(aggregate(event)).payload(of(event)).build();
    }

    private static Effect task(Event event) {
      return Effect.task("review").aggregate(aggregate(event)).payload(of(event)).build();
    }

    private static String aggregate(Event event) {
      return object(event).path("id").asText();
    }

    private static JsonNode object(Event event) {
      return event.payload().path("data").path("object");
    }

    private static ObjectNode of(Event event) {
      return Json.mapper()
          .createObjectNode()
          .put("id", aggregate(event))
          .put("type", event.eventType())
          .put("amount", object(event).path("amount").asLong());
    }
  }

  private EffectRates() {}

  public static void main(String[] arguments) throws Exception {
    EventSource source =
        new BillingInJava(
            YamlDocument.parse("billing", Files.readAllBytes(Path.of(arguments[1]))));
    int pairs = Integer.parseInt(arguments[3]);
    for (boolean withTask : new boolean[] {false, true}) {
      SourcePairs comparison =
          new SourcePairs(
              "with effects",
              EventSources.of(List.of(new WithEffects(source, withTask))),
              "without",
              EventSources.of(List.of(source)),
              BillingEvents.bodies(Integer.parseInt(arguments[2])),
              withTask ? "an event with a follow-up and a task" : "an event with a follow-up");
      comparison.transform(pairs, WANTED);
      try (SinkDatabase database = SinkDatabase.start(Path.of(arguments[0]))) {
        comparison.write(database, pairs, WANTED);
      }
    }
  }
}
