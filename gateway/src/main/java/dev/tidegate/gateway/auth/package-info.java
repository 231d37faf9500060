/** Who calls: JWTs and API keys. */
package dev.tidegate.gateway.auth;
