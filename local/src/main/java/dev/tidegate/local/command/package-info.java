/** The command line: commands that talk to a running system, and how they print. */
package dev.tidegate.local.command;
