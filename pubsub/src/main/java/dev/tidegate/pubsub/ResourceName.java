package dev.tidegate.pubsub;

import java.util.Locale;
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
    TOPICS,
    SUBSCRIPTIONS;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  private static final Pattern PROJECT = Pattern.compile("projects/([A-Za-z0-9][A-Za-z0-9:._-]*)");
  private static final Pattern NAME =
      Pattern.compile(
          PROJECT.pattern() + "/(topics|subscriptions)/((?!goog)[A-Za-z][A-Za-z0-9_.~+%-]{2,254})");

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
    return project + "/" + collection + "/";
  }

  private static ResourceName parse(String name, Collection collection) {
    Matcher matcher = NAME.matcher(name);
    if (!matcher.matches() || !matcher.group(2).equals(collection.toString())) {
      throw Statuses.invalidArgument(
          "Invalid resource name given (name=%s): expected projects/PROJECT/%s/ID, where ID has 3 to 255 characters, starts with a letter and not with \"goog\"."
              .formatted(name, collection));
    }
    return new ResourceName(matcher.group(1), collection, matcher.group(3));
  }

  @Override
  public String toString() {
    return "projects/" + project + "/" + collection + "/" + id;
  }
}
