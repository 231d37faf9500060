/** What became of events, from the ledger. */
package dev.tidegate.gateway.store;
