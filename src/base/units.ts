export type Millis = number;

/** A share of the traffic, 0 to 100. */
export type Percent = number;
