/** The status of events, from the ledger. */
package dev.tidegate.gateway.store;
