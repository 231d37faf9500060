package dev.tidegate.gateway.store;

import com.fasterxml.jackson.annotation.JsonRawValue;
import com.fasterxml.jackson.annotation.JsonValue;

/** JSON out of a column that only Tidegate writes: it is passed on as it stands. */
public record RawJson(@JsonRawValue @JsonValue String text) {}
