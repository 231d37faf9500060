/** Whether the gateway works, its metrics, and its OpenAPI document. */
package dev.tidegate.gateway.observe;
