package dev.tidegate.gateway.store;

import java.util.List;
import java.util.Optional;

/**
 * A page of a list, as the API answers it.
 *
 * @param next the {@code cursor} that gets the next page; empty on the last page
 */
public record Page<T>(List<T> items, Optional<String> next) {}
