/** Tasks, which people and agents work off over HTTP. */
package dev.tidegate.gateway.tasks;
