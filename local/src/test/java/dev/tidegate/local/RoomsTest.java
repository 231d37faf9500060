package dev.tidegate.local;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The table of rooms: what may import what. */
class RoomsTest {
  private static final String SCHEMAS = "dev.tidegate.schemas..";
  private static final String TRANSFORMS = "dev.tidegate.transforms..";
  private static final String PIPELINE = "dev.tidegate.pipeline..";
  private static final String PUBSUB = "dev.tidegate.pubsub..";
  private static final String GATEWAY = "dev.tidegate.gateway..";
  private static final String LOCAL = "dev.tidegate.local..";
  private static final String TESTING = "dev.tidegate.testing..";

  private static JavaClasses classes;

  @BeforeAll
  static void readClasses() {
    classes =
        new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("dev.tidegate");
  }

  @Test
  void schemasImportNoRoom() {
    mayNotImport(SCHEMAS, TRANSFORMS, PIPELINE, PUBSUB, GATEWAY, LOCAL, TESTING);
  }

  @Test
  void transformsImportSchemasOnly() {
    mayNotImport(TRANSFORMS, PIPELINE, PUBSUB, GATEWAY, LOCAL, TESTING);
  }

  @Test
  void thePipelineImportsTransformsAndSchemasOnly() {
    mayNotImport(PIPELINE, PUBSUB, GATEWAY, LOCAL, TESTING);
  }

  @Test
  void theEmbeddedPubsubImportsNoRoom() {
    mayNotImport(PUBSUB, SCHEMAS, TRANSFORMS, PIPELINE, GATEWAY, LOCAL, TESTING);
  }

  @Test
  void theGatewayImportsSchemasAndTheStoreOfPubsubOnly() {
    mayNotImport(GATEWAY, TRANSFORMS, PIPELINE, LOCAL, TESTING);
  }

  @Test
  void theLocalSystemImportsNothingOfTests() {
    mayNotImport(LOCAL, TESTING);
  }

  @Test
  void testingImportsSchemasOnly() {
    mayNotImport(TESTING, TRANSFORMS, PIPELINE, PUBSUB, GATEWAY, LOCAL);
  }

  @Test
  void handlersKnowNothingOfBeamDatabasesOrPubsub() {
    noClasses()
        .that()
        .resideInAPackage("dev.tidegate.transforms.handlers..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "org.apache.beam..",
            "java.sql..",
            "javax.sql..",
            "org.postgresql..",
            "com.google.cloud.pubsub..",
            "com.google.pubsub..",
            "dev.tidegate.transforms",
            "dev.tidegate.transforms.postgresql..",
            "dev.tidegate.transforms.files..")
        .check(classes);
  }

  @Test
  void databaseAndFilesKnowNothingOfBeam() {
    noClasses()
        .that()
        .resideInAnyPackage(
            "dev.tidegate.transforms.postgresql..", "dev.tidegate.transforms.files..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("org.apache.beam..")
        .check(classes);
  }

  @Test
  void onlyTheLocalSystemKnowsOfFlink() {
    noClasses()
        .that()
        .resideOutsideOfPackage(LOCAL)
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("org.apache.flink..", "org.apache.beam.runners.flink..")
        .check(classes);
  }

  @Test
  void noRoomsDependOnEachOtherInCircles() {
    slices().matching("dev.tidegate.(*)..").should().beFreeOfCycles().check(classes);
  }

  private static void mayNotImport(String room, String... others) {
    noClasses()
        .that()
        .resideInAPackage(room)
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(others)
        .check(classes);
  }
}
