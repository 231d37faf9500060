/** Makes accepted events durable: Pub/Sub, and the spool for when it is away. */
package dev.tidegate.gateway.publish;
