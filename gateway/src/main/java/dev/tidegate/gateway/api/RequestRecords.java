package dev.tidegate.gateway.api;

import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.JsonDeserializer;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.deser.DeserializationProblemHandler;
import com.fasterxml.jackson.databind.deser.std.StdScalarDeserializer;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.util.TokenBuffer;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import com.linecorp.armeria.common.AggregatedHttpRequest;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.QueryParams;
import dev.tidegate.gateway.http.ContentEncoding;
import dev.tidegate.gateway.http.Problem;
import dev.tidegate.gateway.http.ProblemType;
import dev.tidegate.schemas.ColumnType;
import dev.tidegate.schemas.Event;
import dev.tidegate.schemas.Json;
import dev.tidegate.schemas.Microseconds;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Reads parameters and bodies of requests into records, and tells of all mistakes at once: each by
 * its parameter's name or its member's JSON pointer, never by its value. Texts must be names, as
 * {@link Event#isName} says, and times have an offset. Nothing may be null, empty, there twice or
 * of another name than the record's components. A component of the type {@code Optional<JsonNode>}
 * takes any JSON that PostgreSQL takes.
 */
public final class RequestRecords {
  private static final int MOST_MISTAKES = 20;
  private static final String MISTAKES = "mistakes";
  private static final String ONCE = "Name it once.";

  private static final JsonMapper MAPPER =
      Json.mapper()
          .rebuild()
          .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
          .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
          .enable(DeserializationFeature.FAIL_ON_NUMBERS_FOR_ENUMS)
          .addModules(
              new Jdk8Module(),
              new SimpleModule()
                  .addDeserializer(
                      String.class,
                      new TextReader<>(
                          String.class, text -> Optional.of(text).filter(Event::isName)))
                  .addDeserializer(
                      Instant.class, new TextReader<>(Instant.class, RequestRecords::time)))
          .addHandler(new MistakeCollector())
          .build();

  /** The type of a component that may be any JSON. */
  private static final Type FREE = new TypeReference<Optional<JsonNode>>() {}.getType();

  private RequestRecords() {}

  /**
   * The parameters of a query.
   *
   * @throws dev.tidegate.gateway.http.ProblemException {@code INVALID_REQUEST}
   */
  public static <T> T ofQuery(QueryParams given, Class<T> type) {
    ObjectNode tree = Json.mapper().createObjectNode();
    Map<String, String> mistakes = new LinkedHashMap<>();
    for (String name : given.names()) {
      tree.put(name, given.get(name));
      if (given.getAll(name).size() > 1) {
        mistakes.put("/" + name, ONCE);
      }
    }
    return read(tree, type, mistakes, 1);
  }

  /**
   * The body of {@code request}; a record without components takes no body as well.
   *
   * @throws dev.tidegate.gateway.http.ProblemException {@code INVALID_REQUEST} or {@code
   *     UNSUPPORTED_MEDIA_TYPE}
   */
  public static <T> T ofBody(AggregatedHttpRequest request, Class<T> type) {
    if (request.content().isEmpty() && type.getRecordComponents().length == 0) {
      return read(Json.mapper().createObjectNode(), type, new LinkedHashMap<>(), 0);
    }
    ContentEncoding.problemOf(request.headers())
        .ifPresent(
            problem -> {
              throw problem.asException();
            });
    MediaType mediaType = request.contentType();
    if (mediaType == null || !mediaType.isJson()) {
      throw Problem.of(ProblemType.UNSUPPORTED_MEDIA_TYPE, "Send application/json.").asException();
    }
    return ofJson(request.content().array(), type);
  }

  /**
   * A JSON object, as a body is or was when it was stored.
   *
   * @throws dev.tidegate.gateway.http.ProblemException {@code INVALID_REQUEST}
   */
  public static <T> T ofJson(byte[] json, Class<T> type) {
    try {
      JsonNode tree = Json.parse(json);
      if (tree.isObject()) {
        // Nobody could tell which of two members of one name counts.
        tree =
            Json.mapper()
                .reader()
                .with(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                .readTree(json);
        return read(tree, type, new LinkedHashMap<>(), 0);
      }
    } catch (JsonParseException twice) {
      if (twice.getOriginalMessage().startsWith("Duplicate")) {
        throw Problem.invalid(pointer(twice.getProcessor()), ONCE);
      }
    } catch (IOException notJson) {
      // Said below.
    }
    throw Problem.invalid("", "It must be one JSON object.");
  }

  /**
   * @param slash characters before a pointer's first name: a parameter is told by its name alone
   */
  private static <T> T read(JsonNode tree, Class<T> type, Map<String, String> mistakes, int slash) {
    Set<String> free = freeMembers(type);
    ObjectNode strict = Json.mapper().createObjectNode();
    tree.properties()
        .forEach(
            member -> {
              if (!free.contains(member.getKey())) {
                strict.set(member.getKey(), member.getValue());
              } else if (!ColumnType.isJsonb(member.getValue())) {
                mistakes.put(
                    "/" + escaped(member.getKey()),
                    "It must hold no NUL, no half of a surrogate pair, and no number of more than"
                        + " 1000 digits.");
              }
            });
    addEmpty(strict, "", mistakes);
    T read = null;
    try {
      read = MAPPER.readerFor(type).withAttribute(MISTAKES, mistakes).readValue(tree);
    } catch (JsonMappingException notThat) {
      String pointer =
          notThat.getPath().stream()
              .map(
                  step ->
                      "/"
                          + (step.getFieldName() == null
                              ? step.getIndex()
                              : escaped(step.getFieldName())))
              .collect(Collectors.joining());
      mistakes.putIfAbsent(pointer, "It is missing, or not of the kind that it must be.");
    } catch (IOException impossible) {
      throw new UncheckedIOException("a tree can always be read", impossible);
    }
    if (mistakes.isEmpty()) {
      return read;
    }
    throw Problem.of(ProblemType.INVALID_REQUEST, "Correct what errors names.")
        .withErrors(
            mistakes.entrySet().stream()
                .limit(MOST_MISTAKES)
                .map(each -> new Problem.Error(each.getKey().substring(slash), each.getValue()))
                .toList())
        .asException();
  }

  /** The members of a record of that type that may be any JSON. */
  private static Set<String> freeMembers(Class<?> type) {
    return Arrays.stream(type.getRecordComponents())
        .filter(component -> component.getGenericType().equals(FREE))
        .map(RecordComponent::getName)
        .collect(Collectors.toSet());
  }

  /** What is null or empty may be absent, and then something else is meant. */
  private static void addEmpty(JsonNode node, String pointer, Map<String, String> mistakes) {
    boolean isEmpty = node.isContainerNode() ? node.isEmpty() : node.asText().isEmpty();
    if (node.isNull() || (isEmpty && !pointer.isEmpty())) {
      mistakes.putIfAbsent(pointer, "It must not be empty: leave it out instead.");
    }
    node.properties()
        .forEach(
            member ->
                addEmpty(member.getValue(), pointer + "/" + escaped(member.getKey()), mistakes));
    for (int i = 0; node.isArray() && i < node.size(); i++) {
      addEmpty(node.get(i), pointer + "/" + i, mistakes);
    }
  }

  private static String escaped(String member) {
    return member.replace("~", "~0").replace("/", "~1");
  }

  private static String pointer(JsonParser parser) {
    String pointer = parser.getParsingContext().pathAsPointer().toString();
    // What Jackson keeps until a record is made has a nameless parent there.
    return parser.getClass().getEnclosingClass() == TokenBuffer.class
        ? pointer.replace("//", "/")
        : pointer;
  }

  /** Writes every mistake down, and reads on. */
  private static final class MistakeCollector extends DeserializationProblemHandler {
    @SuppressWarnings("unchecked")
    static Object add(DeserializationContext context, String pointer, String detail) {
      ((Map<String, String>) context.getAttribute(MISTAKES)).putIfAbsent(pointer, detail);
      return null;
    }

    static Object add(DeserializationContext context, Class<?> type) {
      String rule =
          type.isEnum()
              ? "one of "
                  + Arrays.stream(type.getEnumConstants())
                      .map(Object::toString)
                      .collect(Collectors.joining(", "))
              : RULES.getOrDefault(type, "of another kind");
      return add(context, pointer(context.getParser()), "It must be %s.".formatted(rule));
    }

    @Override
    public boolean handleUnknownProperty(
        DeserializationContext context,
        JsonParser parser,
        JsonDeserializer<?> deserializer,
        Object owner,
        String name)
        throws IOException {
      String known =
          deserializer.getKnownPropertyNames().stream()
              .map(Object::toString)
              .sorted()
              .collect(Collectors.joining(", "));
      add(
          context,
          pointer(parser),
          known.isEmpty() ? "Nothing is taken here." : "The names here are: %s.".formatted(known));
      parser.skipChildren();
      return true;
    }

    @Override
    public Object handleWeirdStringValue(
        DeserializationContext context, Class<?> type, String value, String reason) {
      return add(context, type);
    }

    @Override
    public Object handleUnexpectedToken(
        DeserializationContext context,
        JavaType type,
        JsonToken token,
        JsonParser parser,
        String reason)
        throws IOException {
      add(context, type.getRawClass());
      parser.skipChildren();
      return null;
    }

    @Override
    public Object handleInstantiationProblem(
        DeserializationContext context, Class<?> type, Object argument, Throwable failure) {
      Throwable cause = failure.getCause() == null ? failure : failure.getCause();
      return add(context, pointer(context.getParser()), String.valueOf(cause.getMessage()));
    }
  }

  private static final Map<Class<?>, String> RULES =
      Map.of(
          String.class, Event.NAME_RULE,
          Instant.class, "a time with an offset, such as 2026-01-31T12:00:00Z",
          Integer.class, "a whole number",
          Long.class, "a whole number",
          Double.class, "a number",
          Boolean.class, "true or false",
          List.class, "a list");

  /** Reads what is written as text. */
  private static final class TextReader<T> extends StdScalarDeserializer<T> {
    private static final long serialVersionUID = 1L;

    private final transient Function<String, Optional<T>> reader;

    TextReader(Class<T> type, Function<String, Optional<T>> reader) {
      super(type);
      this.reader = reader;
    }

    @Override
    public T deserialize(JsonParser parser, DeserializationContext context) throws IOException {
      Optional<T> value =
          parser.hasToken(JsonToken.VALUE_STRING)
              ? reader.apply(parser.getText())
              : Optional.empty();
      if (value.isEmpty()) {
        parser.skipChildren();
        MistakeCollector.add(context, handledType());
      }
      return value.orElse(null);
    }
  }

  private static Optional<Instant> time(String text) {
    try {
      return Optional.of(OffsetDateTime.parse(text).toInstant()).filter(Microseconds::isStorable);
    } catch (DateTimeException notATime) {
      return Optional.empty();
    }
  }
}
