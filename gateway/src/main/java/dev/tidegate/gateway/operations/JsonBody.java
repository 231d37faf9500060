package dev.tidegate.gateway.operations;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.linecorp.armeria.common.AggregatedHttpRequest;
import com.linecorp.armeria.common.MediaType;
import dev.tidegate.gateway.http.ContentEncoding;
import dev.tidegate.gateway.http.Problem;
import dev.tidegate.gateway.http.ProblemType;
import dev.tidegate.schemas.Event;
import dev.tidegate.schemas.Json;
import dev.tidegate.schemas.Microseconds;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * A request's body: a JSON object, whose members are read by their JSON pointers. {@link #check}
 * then tells of all mistakes at once, of members that nobody reads too. A member that is null or
 * empty is a mistake: it may be absent, and then something else is meant.
 */
public final class JsonBody {
  private final JsonNode root;
  private final Map<String, TreeSet<String>> known = new LinkedHashMap<>();
  private final List<Problem.Error> mistakes = new ArrayList<>();

  public JsonBody(JsonNode root) {
    this.root = root;
    known.put("", new TreeSet<>());
  }

  /**
   * The request's body.
   *
   * @throws dev.tidegate.gateway.http.ProblemException where it is no JSON object, or names a
   *     member twice: nobody could tell which one counts
   */
  public static JsonBody of(AggregatedHttpRequest request) {
    ContentEncoding.problemOf(request.headers())
        .ifPresent(
            problem -> {
              throw problem.asException();
            });
    MediaType type = request.contentType();
    if (type == null || !type.isJson()) {
      throw Problem.of(ProblemType.UNSUPPORTED_MEDIA_TYPE, "Send application/json.").asException();
    }
    JsonNode root;
    try {
      root = Json.parse(request.content().array());
    } catch (JsonProcessingException notJson) {
      root = MissingNode.getInstance();
    }
    if (!root.isObject()) {
      throw Problem.of(ProblemType.INVALID_REQUEST, "The body must be one JSON object.")
          .asException();
    }
    if (namesTwice(request.content().array())) {
      throw Problem.of(ProblemType.INVALID_REQUEST, "Name each member of an object once.")
          .asException();
    }
    return new JsonBody(root);
  }

  /**
   * Refuses a body where nothing is read of one: what it asks for would not be done.
   *
   * @throws dev.tidegate.gateway.http.ProblemException where there is one that says something
   */
  public static void refuse(AggregatedHttpRequest request) {
    if (!request.content().isEmpty()) {
      of(request).check();
    }
  }

  private static boolean namesTwice(byte[] json) {
    try {
      JsonNode unused =
          Json.mapper().reader().with(StreamReadFeature.STRICT_DUPLICATE_DETECTION).readTree(json);
      return false;
    } catch (JsonProcessingException twice) {
      return true;
    } catch (IOException impossible) {
      throw new UncheckedIOException("an array can always be read", impossible);
    }
  }

  /** One name or more, such as tenants; none where the member is absent. */
  public List<String> names(String pointer, int most) {
    return read(
            pointer,
            "a list of 1 to %d names, each of %s".formatted(most, Event.NAME_RULE),
            node -> {
              List<String> names = new ArrayList<>();
              node.forEach(
                  name -> {
                    if (name.isTextual() && Event.isName(name.textValue())) {
                      names.add(name.textValue());
                    }
                  });
              return node.isArray()
                      && !names.isEmpty()
                      && names.size() == node.size()
                      && names.size() <= most
                  ? Optional.of(List.copyOf(names))
                  : Optional.empty();
            })
        .orElse(List.of());
  }

  public Optional<String> name(String pointer) {
    return read(
        pointer,
        Event.NAME_RULE,
        node -> Optional.ofNullable(node.textValue()).filter(Event::isName));
  }

  public Optional<Instant> time(String pointer) {
    return read(
        pointer,
        "a time with an offset, such as 2026-01-31T12:00:00Z",
        node -> {
          try {
            return Optional.of(OffsetDateTime.parse(node.asText()).toInstant())
                .filter(Microseconds::isStorable);
          } catch (DateTimeException notATime) {
            return Optional.empty();
          }
        });
  }

  public Optional<Double> number(String pointer, double least, double most) {
    return read(
        pointer,
        "a number from %s to %s".formatted(least, most),
        node ->
            node.isNumber() && node.doubleValue() >= least && node.doubleValue() <= most
                ? Optional.of(node.doubleValue())
                : Optional.empty());
  }

  /** Whether the member is true; it is not where it is absent. */
  public boolean flag(String pointer) {
    return read(
            pointer,
            "true or false",
            node -> node.isBoolean() ? Optional.of(node.booleanValue()) : Optional.empty())
        .orElse(false);
  }

  /** One of {@code values} by what {@code written} calls it. */
  public <E> Optional<E> oneOf(String pointer, E[] values, Function<E, String> written) {
    return read(
        pointer,
        "one of " + Arrays.stream(values).map(written).collect(Collectors.joining(", ")),
        node ->
            Arrays.stream(values)
                .filter(value -> written.apply(value).equals(node.textValue()))
                .findFirst());
  }

  /** An object with members, which are then read by their own pointers. */
  public void object(String pointer) {
    read(
        pointer,
        "an object with at least one member, or be left out",
        node -> node.isObject() && !node.isEmpty() ? Optional.of(node) : Optional.empty());
    known.putIfAbsent(pointer, new TreeSet<>());
  }

  /** Adds a mistake that only whoever reads the member can know of. */
  public void mistake(String pointer, String detail) {
    mistakes.add(new Problem.Error(pointer, detail));
  }

  /**
   * To be called when all members were read.
   *
   * @throws dev.tidegate.gateway.http.ProblemException {@code INVALID_REQUEST} where there are
   *     mistakes
   */
  public void check() {
    known.forEach(
        (pointer, members) ->
            root.at(pointer)
                .fieldNames()
                .forEachRemaining(
                    member -> {
                      if (!members.contains(member)) {
                        mistake(
                            pointer,
                            members.isEmpty()
                                ? "There are no members here."
                                : "Its members are: %s.".formatted(String.join(", ", members)));
                      }
                    }));
    if (!mistakes.isEmpty()) {
      throw Problem.of(ProblemType.INVALID_REQUEST, "Mend the members that errors names.")
          .withErrors(mistakes.stream().distinct().toList())
          .asException();
    }
  }

  private <T> Optional<T> read(
      String pointer, String rule, Function<JsonNode, Optional<T>> reader) {
    int slash = pointer.lastIndexOf('/');
    known
        .computeIfAbsent(pointer.substring(0, slash), parent -> new TreeSet<>())
        .add(pointer.substring(slash + 1));
    JsonNode node = root.at(pointer);
    if (node.isMissingNode()) {
      return Optional.empty();
    }
    Optional<T> value = reader.apply(node);
    if (value.isEmpty()) {
      mistake(pointer, "It must be %s.".formatted(rule));
    }
    return value;
  }
}
