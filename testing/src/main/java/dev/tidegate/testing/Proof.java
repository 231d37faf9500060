package dev.tidegate.testing;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * A test class that holds a promise to many cases or for a long time. It has two sizes: a short one
 * in {@code ./mvnw verify}, and a long one, which {@code scripts/prove NAME} runs. {@link
 * ProofSize} tells the class which one to run.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
public @interface Proof {
  /** Its name for {@code scripts/prove}, in lower case with hyphens. */
  String name();

  /** What holds, as a sentence. */
  String promise();

  /** What is done to it meanwhile. */
  String faults();
}
