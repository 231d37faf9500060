/** What operators do: failures, replays, issues, statistics, and the record of it. */
package dev.tidegate.gateway.operations;
