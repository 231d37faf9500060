/** Events of senders that have no package of their own. */
package dev.tidegate.transforms.handlers.application;
