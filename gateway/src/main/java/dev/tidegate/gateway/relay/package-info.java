/** Publishes what transactions have committed to tables: each row at least once, and in order. */
package dev.tidegate.gateway.relay;
