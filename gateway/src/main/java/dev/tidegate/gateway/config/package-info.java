/** What a gateway is told. */
package dev.tidegate.gateway.config;
