/** What all routes share: the server, problems, client addresses. */
package dev.tidegate.gateway.http;
