/**
 * A Pub/Sub server for one machine: the real {@code google.pubsub.v1} API over gRPC and REST on one
 * port, kept in one file. It is a development server: no authentication, loopback only. It refuses
 * what it does not offer, and does not ignore it; {@code docs/pubsub.md} lists both.
 */
package dev.tidegate.pubsub;
