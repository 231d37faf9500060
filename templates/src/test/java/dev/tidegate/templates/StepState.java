package dev.tidegate.templates;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.beam.runners.dataflow.PrimitiveParDoSingleFactory;
import org.apache.beam.sdk.Pipeline;
import org.apache.beam.sdk.coders.Coder;
import org.apache.beam.sdk.coders.KvCoder;
import org.apache.beam.sdk.coders.SerializableCoder;
import org.apache.beam.sdk.runners.TransformHierarchy;
import org.apache.beam.sdk.state.StateSpec;
import org.apache.beam.sdk.transforms.Combine;
import org.apache.beam.sdk.transforms.DoFn;
import org.apache.beam.sdk.transforms.PTransform;
import org.apache.beam.sdk.transforms.ParDo;
import org.apache.beam.sdk.transforms.reflect.DoFnSignature;
import org.apache.beam.sdk.transforms.reflect.DoFnSignatures;
import org.apache.beam.sdk.values.PCollection;
import org.checkerframework.checker.nullness.qual.Nullable;

/**
 * A state that a step keeps from one event to the next.
 *
 * @param step the step's full name
 * @param name the state's
 * @param kind such as {@code Map}
 * @param key the coder of the keys by which the state is kept apart
 * @param coders of what is kept
 */
record StepState(String step, String name, String kind, Coder<?> key, List<Coder<?>> coders) {
  /**
   * Beam counts a batch's elements and bytes, and its oldest time, in arrays of long, which it
   * writes with Java's serialization: three numbers, and none of the data. They cannot be told
   * otherwise.
   */
  boolean isCounterOfGroupIntoBatches() {
    return step.endsWith("GroupIntoBatches/ParDo(GroupIntoBatches)")
        && Set.of("numElementsInBatch", "numBytesInBatch", "minBufferedTs").contains(name)
        && coders.equals(List.of(SerializableCoder.of(long[].class)));
  }

  @Override
  public String toString() {
    return name + "=" + kind + Coders.compact(coders);
  }

  /** All that a pipeline keeps, by the step's name. */
  static Map<String, List<StepState>> of(Pipeline pipeline) {
    Map<String, List<StepState>> states = new TreeMap<>();
    pipeline.traverseTopologically(
        new Pipeline.PipelineVisitor.Defaults() {
          @Override
          public void visitPrimitiveTransform(TransformHierarchy.Node node) {
            @Nullable DoFn<?, ?> fn = functionOf(node.getTransform());
            if (fn != null && DoFnSignatures.usesState(fn)) {
              states.put(node.getFullName(), statesOf(node, fn));
            }
          }
        });
    return states;
  }

  private static @Nullable DoFn<?, ?> functionOf(PTransform<?, ?> transform) {
    if (transform instanceof ParDo.MultiOutput<?, ?> step) {
      return step.getFn();
    }
    return transform instanceof PrimitiveParDoSingleFactory.ParDoSingle<?, ?> step
        ? step.getFn()
        : null;
  }

  private static List<StepState> statesOf(TransformHierarchy.Node node, DoFn<?, ?> fn) {
    List<StepState> states = new ArrayList<>();
    for (DoFnSignature.StateDeclaration declaration :
        DoFnSignatures.signatureForDoFn(fn).stateDeclarations().values()) {
      PCollection<?> input = (PCollection<?>) node.getInputs().values().iterator().next();
      StateSpec<?> spec = DoFnSignatures.getStateSpecOrThrow(declaration, fn);
      states.add(
          spec.match(
              new Kinds(
                  node.getFullName(),
                  declaration.id(),
                  ((KvCoder<?, ?>) input.getCoder()).getKeyCoder())));
    }
    return states;
  }

  /** Asks a state what it is. */
  private record Kinds(String step, String name, Coder<?> key)
      implements StateSpec.Cases<StepState> {
    @Override
    public StepState dispatchValue(Coder<?> value) {
      return state("Value", value);
    }

    @Override
    public StepState dispatchBag(Coder<?> element) {
      return state("Bag", element);
    }

    @Override
    public StepState dispatchOrderedList(Coder<?> element) {
      return state("OrderedList", element);
    }

    @Override
    public StepState dispatchCombining(Combine.CombineFn<?, ?, ?> combine, Coder<?> accumulator) {
      return state("Combining", accumulator);
    }

    @Override
    public StepState dispatchMap(Coder<?> keys, Coder<?> values) {
      return state("Map", keys, values);
    }

    @Override
    public StepState dispatchSet(Coder<?> element) {
      return state("Set", element);
    }

    @Override
    public StepState dispatchMultimap(Coder<?> keys, Coder<?> values) {
      return state("Multimap", keys, values);
    }

    private StepState state(String kind, Coder<?>... coders) {
      return new StepState(step, name, kind, key, List.of(coders));
    }
  }
}
