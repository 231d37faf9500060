/** Everything embedded in one process, and the command line that runs it. */
package dev.tidegate.local;
