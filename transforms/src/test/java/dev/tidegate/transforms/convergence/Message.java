package dev.tidegate.transforms.convergence;

/**
 * What a sender sent.
 *
 * @param name what failures call it, short
 * @param body the request's body
 */
record Message(String name, String body) {}
