package dev.tidegate.pubsub;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The name of a topic or subscription, {@code projects/PROJECT/topics/ID}.
 *
 * <p>Ids follow the service's rule: 3 to 255 characters, a letter first, then letters, digits and
 * {@code - _ . ~ + %}, and not beginning with "goog". Project ids are taken more freely than the
 * service does, since a local project exists nowhere else.
 */
record ResourceName(String project, Collection collection, String id) {

  /** What the name names. */
  enum Collection {
    TOPICS("topics"),
    SUBSCRIPTIONS("subscriptions");

    private final String segment;

    Collection(String segment) {
      this.segment = segment;
    }
  }

  private static final Pattern PROJECT = Pattern.compile("projects/([A-Za-z0-9][A-Za-z0-9:._-]*)");
  private static final Pattern NAME =
      Pattern.compile(PROJECT.pattern() + "/(topics|subscriptions)/([A-Za-z][A-Za-z0-9_.~+%-]*)");
  private static final int SHORTEST_ID = 3;
  private static final int LONGEST_ID = 255;
  private static final String RESERVED_PREFIX = "goog";

  /**
   * Parses {@code name}, which must be in {@code collection}.
   *
   * @throws io.grpc.StatusRuntimeException INVALID_ARGUMENT if it is not such a name
   */
  static ResourceName parse(String name, Collection collection) {
    return match(name)
        .filter(parsed -> parsed.collection == collection)
        .orElseThrow(
            () ->
                Statuses.invalidArgument(
                    "Invalid resource name given (name="
                        + name
                        + "): expected projects/PROJECT/"
                        + collection.segment
                        + "/ID, where ID has "
                        + SHORTEST_ID
                        + " to "
                        + LONGEST_ID
                        + " characters, starts with a letter and not with \""
                        + RESERVED_PREFIX
                        + "\"."));
  }

  static ResourceName topic(String name) {
    return parse(name, Collection.TOPICS);
  }

  static ResourceName subscription(String name) {
    return parse(name, Collection.SUBSCRIPTIONS);
  }

  /**
   * Checks {@code projects/PROJECT} and answers the prefix of all names in it.
   *
   * @throws io.grpc.StatusRuntimeException INVALID_ARGUMENT if it is not the name of a project
   */
  static String prefix(String project, Collection collection) {
    if (!PROJECT.matcher(project).matches()) {
      throw Statuses.invalidArgument("Invalid project name given (name=" + project + ").");
    }
    return project + "/" + collection.segment + "/";
  }

  private static Optional<ResourceName> match(String name) {
    Matcher matcher = NAME.matcher(name);
    if (!matcher.matches()) {
      return Optional.empty();
    }
    String id = matcher.group(3);
    if (id.length() < SHORTEST_ID || id.length() > LONGEST_ID || id.startsWith(RESERVED_PREFIX)) {
      return Optional.empty();
    }
    Collection collection =
        matcher.group(2).equals(Collection.TOPICS.segment)
            ? Collection.TOPICS
            : Collection.SUBSCRIPTIONS;
    return Optional.of(new ResourceName(matcher.group(1), collection, id));
  }

  @Override
  public String toString() {
    return "projects/" + project + "/" + collection.segment + "/" + id;
  }
}
