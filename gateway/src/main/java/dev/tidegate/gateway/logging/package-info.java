/** How a gateway that runs by itself writes its log. */
package dev.tidegate.gateway.logging;
