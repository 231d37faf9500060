/**
 * A Pub/Sub server for one machine: the real {@code google.pubsub.v1} API over gRPC and REST on one
 * port, kept in one file. It is a development server: no authentication, loopback only, and what it
 * does not offer (ordering, push, exactly-once delivery, snapshots) it refuses rather than ignores.
 */
package dev.tidegate.pubsub;
