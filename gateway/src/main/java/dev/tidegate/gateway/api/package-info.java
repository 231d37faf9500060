/** What the gateway answers from the ledger: annotated services, with a record for every answer. */
package dev.tidegate.gateway.api;
