package dev.tidegate.templates;

import dev.tidegate.schemas.DeadLetter.ErrorClass;
import java.util.Arrays;
import java.util.stream.Collectors;

/**
 * What parameters look like. They refuse nothing that Google's services and the pipelines take;
 * what they cannot tell, such as the largest of all numbers, the pipelines refuse at launch.
 */
final class ParameterExpressions {
  private static final String PROJECT = "[a-z][a-z0-9.:-]{4,61}[a-z0-9]";
  private static final String PUBSUB_NAME = "[A-Za-z][A-Za-z0-9._~%+-]{2,254}";

  static final String SUBSCRIPTION = "projects/" + PROJECT + "/subscriptions/" + PUBSUB_NAME;
  static final String TOPIC = "projects/" + PROJECT + "/topics/" + PUBSUB_NAME;
  static final String SECRET = "projects/[^/]+/secrets/[^/]+/versions/[^/]+";
  static final String STAMP_KEY = "(" + SECRET + "|env:[A-Za-z_][A-Za-z0-9_]*|file:.+)";
  static final String DATASET =
      "(([a-z0-9-]+[.][a-z0-9.-]+:)?[a-z][a-z0-9-]*[a-z0-9][.:])?[A-Za-z0-9_]+";
  static final String JDBC_URL = "jdbc:postgresql:.+";
  static final String NOT_BLANK = ".*[^ ].*";
  static final String DURATION = "[1-9][0-9]{0,8}(ms|[smhd])";
  static final String DURATION_OR_FOR_EVER = "(0|" + DURATION + ")";
  static final String COUNT = "[1-9][0-9]{0,8}";
  static final String UP_TO_20 = "([1-9]|1[0-9]|20)";
  static final String UP_TO_1000 = "([1-9][0-9]{0,2}|1000)";
  static final String UP_TO_10000 = "([1-9][0-9]{0,3}|10000)";
  static final String RATE = "[0-9]+([.][0-9]+)?";
  static final String TIME =
      "[0-9]{4}-[0-9]{2}-[0-9]{2}"
          + "(T[0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]{1,9})?)?(Z|[+-][0-9]{2}:[0-9]{2}))?";
  static final String ERROR_CLASSES = listOf(anyOf(ErrorClass.values()));

  static final String EFFECTS = "(none|missing|all)";

  private ParameterExpressions() {}

  private static String anyOf(Enum<?>[] values) {
    return Arrays.stream(values).map(Enum::name).collect(Collectors.joining("|", "(", ")"));
  }

  private static String listOf(String element) {
    return element + "(," + element + ")*";
  }
}
