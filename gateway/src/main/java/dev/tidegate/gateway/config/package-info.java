/** A gateway's configuration. */
package dev.tidegate.gateway.config;
