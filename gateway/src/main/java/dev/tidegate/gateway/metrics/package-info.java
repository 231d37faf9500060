/** What the gateway counts. */
package dev.tidegate.gateway.metrics;
