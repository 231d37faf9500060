/** The rows of PostgreSQL's tables that more than one room reads. */
package dev.tidegate.schemas.postgresql;
