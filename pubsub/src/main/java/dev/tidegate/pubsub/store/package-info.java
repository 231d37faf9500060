/** A file that many threads change and one thread writes: see {@link GroupCommitStore}. */
package dev.tidegate.pubsub.store;
