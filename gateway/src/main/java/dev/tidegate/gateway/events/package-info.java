/** Application events of authenticated callers, CloudEvents among them. */
package dev.tidegate.gateway.events;
