/** Signed requests of senders. */
package dev.tidegate.gateway.webhooks;
