/** Something the person at the terminal can act on: its message is printed as it stands, without a stack. */
export class Failure extends Error {}
