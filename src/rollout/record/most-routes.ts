/** The most routes that move together: what the record says of each has to fit into it. */
export const routesTogether = 8;
