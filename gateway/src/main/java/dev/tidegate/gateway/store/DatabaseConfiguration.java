package dev.tidegate.gateway.store;

import dev.tidegate.gateway.config.Secret;
import java.util.Optional;

/**
 * The database whose ledger the gateway reads.
 *
 * @param jdbcUrl {@code jdbc:postgresql:…}, without credentials
 * @param username its user
 * @param password where it needs one
 * @param poolSize the most connections
 */
public record DatabaseConfiguration(
    String jdbcUrl, String username, Optional<Secret> password, int poolSize) {}
