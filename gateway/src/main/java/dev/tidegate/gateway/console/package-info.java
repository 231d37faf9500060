/** The console: its pages, and how a browser signs in to it. */
package dev.tidegate.gateway.console;
