package dev.tidegate.gateway.operations;

import com.linecorp.armeria.common.QueryParams;
import dev.tidegate.gateway.http.Problem;
import dev.tidegate.gateway.http.ProblemType;
import dev.tidegate.schemas.Event;
import dev.tidegate.schemas.Microseconds;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * The parameters of a query. Each is read by its name; {@link #check} then tells of all mistakes at
 * once, of parameters that nobody reads too. Mistakes are told by a parameter's name, never by its
 * value.
 */
public final class Parameters {
  private final QueryParams given;
  private final TreeSet<String> known = new TreeSet<>();
  private final List<Problem.Error> mistakes = new ArrayList<>();

  public Parameters(QueryParams given) {
    this.given = given;
  }

  /** A name: a tenant, source, event type or subject. */
  public Optional<String> name(String parameter) {
    return read(
        parameter,
        Event.NAME_RULE,
        text -> Event.isName(text) ? Optional.of(text) : Optional.empty());
  }

  /** A time with an offset, as RFC 3339 writes it. */
  public Optional<Instant> time(String parameter) {
    return read(
        parameter,
        "a time with an offset, such as 2026-01-31T12:00:00Z",
        text -> {
          try {
            return Optional.of(OffsetDateTime.parse(text).toInstant())
                .filter(Microseconds::isStorable);
          } catch (DateTimeException notATime) {
            return Optional.empty();
          }
        });
  }

  /** A whole number; {@code standard} where it is not given. */
  public int number(String parameter, int standard, int least, int most) {
    return read(
            parameter,
            "a whole number from %d to %d".formatted(least, most),
            text -> {
              try {
                return Optional.of(Integer.parseInt(text)).filter(n -> n >= least && n <= most);
              } catch (NumberFormatException notANumber) {
                return Optional.empty();
              }
            })
        .orElse(standard);
  }

  /** One of {@code values}, in whichever case. */
  public <E extends Enum<E>> Optional<E> oneOf(String parameter, E[] values) {
    return read(
        parameter,
        "one of " + Arrays.stream(values).map(Enum::name).collect(Collectors.joining(", ")),
        text ->
            Arrays.stream(values)
                .filter(value -> value.name().equals(text.toUpperCase(Locale.ROOT)))
                .findFirst());
  }

  /** What {@code reader} makes of the text; it is a mistake where that is nothing. */
  public <T> Optional<T> read(String parameter, String rule, Function<String, Optional<T>> reader) {
    known.add(parameter);
    List<String> values = given.getAll(parameter);
    if (values.isEmpty()) {
      return Optional.empty();
    }
    Optional<T> value = values.size() == 1 ? reader.apply(values.get(0)) : Optional.empty();
    if (value.isEmpty()) {
      mistake(parameter, "It must be given once and be %s.".formatted(rule));
    }
    return value;
  }

  /** Adds a mistake that only whoever reads the parameter can know of. */
  public void mistake(String parameter, String detail) {
    mistakes.add(new Problem.Error(parameter, detail));
  }

  /**
   * To be called when all parameters were read.
   *
   * @throws dev.tidegate.gateway.http.ProblemException {@code INVALID_REQUEST} where there are
   *     mistakes
   */
  public void check() {
    if (!known.containsAll(given.names())) {
      mistakes.add(
          new Problem.Error(
              "query",
              known.isEmpty()
                  ? "There are no parameters here."
                  : "The parameters here are: %s.".formatted(String.join(", ", known))));
    }
    if (!mistakes.isEmpty()) {
      throw Problem.of(ProblemType.INVALID_REQUEST, "Mend the parameters that errors names.")
          .withErrors(mistakes)
          .asException();
    }
  }
}
