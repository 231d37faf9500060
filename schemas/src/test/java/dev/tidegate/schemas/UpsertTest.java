package dev.tidegate.schemas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;

import com.fasterxml.jackson.databind.node.NullNode;
import org.junit.jupiter.api.Test;

class UpsertTest {
  private static final Table TABLE =
      Table.named("containers")
          .key(Column.indexedText("container_id"))
          .key(Column.bigint("leg"))
          .group("state", Column.text("name"), Column.bigint("size"))
          .group("position", Column.text("vessel"))
          .build();

  private static Upsert.Builder builder() {
    return Upsert.into(TABLE, Samples.event("{}"));
  }

  private static Upsert.Builder keyed() {
    return builder().key("container_id", "c-1").key("leg", 2);
  }

  @Test
  void keyStandsInTheTablesOrderBehindTheEventsTenant() {
    assertThat(builder().key("leg", "02").key("container_id", "c-1").build().key())
        .containsExactly("acme", "c-1", "2");
  }

  @Test
  void onlyWhatWasSetIsWritten() {
    assertThat(keyed().set("size", 3).build().columns()).containsOnly(entry("size", "3"));
    assertThat(keyed().build().columns()).isEmpty();
  }

  @Test
  void aRefusedValueLeavesTheColumnAsItWas() {
    Upsert.Builder builder = keyed().set("size", 3);
    assertThatThrownBy(() -> builder.set("size", "many"))
        .isInstanceOf(PermanentFailureException.class);
    assertThat(builder.build().columns()).containsOnly(entry("size", "3"));
  }

  @Test
  void nullIsAValue() {
    assertThat(keyed().set("vessel", null).build().columns()).containsOnly(entry("vessel", null));
    assertThat(keyed().set("vessel", NullNode.getInstance()).build())
        .isEqualTo(keyed().set("vessel", null).build());
  }

  @Test
  void laterValueOfAColumnReplacesTheEarlier() {
    assertThat(keyed().set("size", 1).set("size", null).build().columns())
        .containsOnly(entry("size", null));
  }

  @Test
  void builtUpsertIsNotChangedByItsBuilder() {
    Upsert.Builder builder = keyed().set("size", 1);
    Upsert built = builder.build();
    builder.set("size", 2).set("vessel", "v").key("leg", 9);
    assertThat(built).isEqualTo(keyed().set("size", 1).build());
  }

  @Test
  void versionIsTheEvents() {
    assertThat(keyed().build().version()).isEqualTo(Samples.event("{}").version());
  }

  @Test
  void missingOrNullKeyIsRefused() {
    assertThatThrownBy(() -> builder().key("leg", 1).build())
        .isInstanceOf(PermanentFailureException.class)
        .hasMessage("containers.container_id must be given: it is part of the key");
    assertThatThrownBy(() -> keyed().key("leg", null).build())
        .isInstanceOf(PermanentFailureException.class);
  }

  @Test
  void refusalNamesTheColumnAndNeverTheValue() {
    assertThatThrownBy(() -> keyed().set("size", "s3cret"))
        .isInstanceOf(PermanentFailureException.class)
        .hasMessage("containers.size must be a number")
        .hasNoCause();
    assertThatThrownBy(() -> builder().key("container_id", "s3cret".repeat(100)))
        .isInstanceOf(PermanentFailureException.class)
        .hasMessage("containers.container_id must have at most 200 characters, not 600");
  }

  @Test
  void columnsTheTableLacksAreAMistakeOfTheHandler() {
    assertThatThrownBy(() -> keyed().set("nme", "x")).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> keyed().set("leg", 1)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> keyed().key("size", 1)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void noHandlerCanWriteToAnotherTenant() {
    assertThatThrownBy(() -> keyed().key("tenant_id", "other"))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> keyed().set("tenant_id", "other"))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
