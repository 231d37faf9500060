/** HTTP in: signed webhooks and authenticated events to Pub/Sub, and the operations API. */
package dev.tidegate.gateway;
