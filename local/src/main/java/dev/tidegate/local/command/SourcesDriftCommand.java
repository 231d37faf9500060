package dev.tidegate.local.command;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tidegate.schemas.Json;
import dev.tidegate.schemas.RawEvent;
import dev.tidegate.transforms.handlers.declared.DeclaredSource;
import dev.tidegate.transforms.handlers.declared.Drift;
import java.io.IOException;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code tidegate sources drift}: fields of events that a source's file does not know. */
@Command(
    name = "drift",
    description =
        "List the fields of events that the file does not know. No JSON Schema of their type names"
            + " them, and no expression reads them. A field that only the column extra keeps is"
            + " listed, too.",
    footer = {
      "",
      "Examples:",
      "  tidegate sources drift shop.yaml --from archive --since 2026-01-31",
      "  tidegate sources drift shop.yaml --with samples/ --show-values"
    })
final class SourcesDriftCommand implements Callable<Integer> {
  @Mixin private SourcesCommand.Files files;
  @Mixin private TriedEvents events;
  @Mixin private OutputOption output;

  @Option(names = "--show-values", description = "Show one value of each field.")
  private boolean showValues;

  @Override
  public Integer call() throws IOException, SQLException {
    DeclaredSource source = files.readOne();
    Drift drift = new Drift(source);
    ProgressLine progress = output.progress("events read");
    long damaged =
        events.read(
            source.name(),
            source.eventTypes(),
            new EventFiles.Receiver() {
              @Override
              public void take(RawEvent event) {
                drift.add(event);
                progress.report(drift.events());
              }

              @Override
              public void tooLarge(String where) {
                output.note(where + " is larger than %d bytes".formatted(EventFiles.LARGEST_BODY));
              }
            });
    progress.clear();
    List<String> columns =
        new ArrayList<>(
            List.of(
                "field",
                "events",
                "inExtra",
                "eventTypes",
                "firstAt",
                "lastAt",
                "valueType",
                "eventId"));
    if (showValues) {
      columns.add("value");
    }
    output.list(drift.fields().stream().map(this::row).toList(), columns.toArray(String[]::new));
    output.note(
        "%d events: %d fields that the file does not know; %d events could not be read, and %d are"
                .formatted(
                    drift.events(),
                    drift.fields().size(),
                    drift.unreadable() + damaged,
                    drift.unhandled())
            + " of types that it has no rows for");
    if (drift.others() > 0) {
      output.note("There are more fields: only so many are told apart");
    }
    return 0;
  }

  private ObjectNode row(Drift.Field field) {
    ObjectNode row = Json.mapper().createObjectNode().put("field", field.pointer());
    row.put("events", field.events()).put("inExtra", field.isInExtra());
    field.eventTypes().forEach(row.putArray("eventTypes")::add);
    row.put("firstAt", field.first().toString()).put("lastAt", field.last().toString());
    row.put("valueType", field.valueType()).put("eventId", field.eventId());
    return showValues ? row.put("value", field.value()) : row;
  }
}
