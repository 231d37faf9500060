/**
 * Promise 2 of docs/design.md, put to the test: whatever the order, the repetitions and the batches
 * in which a set of notifications comes, the tables end up the same.
 *
 * <p>{@code ConvergenceCheck} holds any set of messages to it. {@code SampleNotification} and what
 * is around it are the sets that are generated.
 */
package dev.tidegate.transforms.convergence;
