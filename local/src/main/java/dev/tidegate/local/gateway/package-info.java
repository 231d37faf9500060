/** The local system's gateway: the same that runs elsewhere, with development secrets. */
package dev.tidegate.local.gateway;
