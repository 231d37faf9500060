/** Instances of sagas, as operators see and handle them. */
package dev.tidegate.gateway.sagas;
