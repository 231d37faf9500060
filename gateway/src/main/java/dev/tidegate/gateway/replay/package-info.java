/** Replays: events are published again, by name or by a filter, while everything else goes on. */
package dev.tidegate.gateway.replay;
