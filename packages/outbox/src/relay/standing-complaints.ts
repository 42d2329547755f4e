/**
 * What is wrong for longer than one look at it: worth saying when it begins, when it becomes something else, and when
 * it is over, but not at every look.
 */
export class StandingComplaints<Kind> {
  readonly #standing = new Map<Kind, string>();

  /**
   * @param detail what exactly is wrong; undefined when nothing is
   * @returns what there is to say about it now
   */
  look(kind: Kind, detail: string | undefined): 'complain' | 'over' | 'nothing' {
    const before = this.#standing.get(kind);
    if (detail === before) return 'nothing';
    if (detail === undefined) {
      this.#standing.delete(kind);
      return 'over';
    }
    this.#standing.set(kind, detail);
    return 'complain';
  }
}
