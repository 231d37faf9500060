/**
 * What the tests of all rooms share: one way to start PostgreSQL ({@link
 * dev.tidegate.testing.TestDatabase}), one to run a program ({@link dev.tidegate.testing.Command},
 * {@link dev.tidegate.testing.JavaProcess}), one patience ({@link dev.tidegate.testing.Patience})
 * and the two sizes of a long test ({@link dev.tidegate.testing.Proof}).
 */
package dev.tidegate.testing;
