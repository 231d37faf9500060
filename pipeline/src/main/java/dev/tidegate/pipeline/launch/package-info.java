/**
 * How a pipeline is launched: it reads the options, checks everything, and names all mistakes at
 * once.
 */
package dev.tidegate.pipeline.launch;
