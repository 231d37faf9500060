/**
 * What each source's events mean, one package a source. Nothing here knows of Beam, JDBC or
 * Pub/Sub: a source decodes, a handler is a pure function from an event to upserts.
 */
package dev.tidegate.transforms.handlers;
