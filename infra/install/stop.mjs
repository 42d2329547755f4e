/** Something the reader can mend: its message is the whole report, without a stack. */
export class Stop extends Error {}
