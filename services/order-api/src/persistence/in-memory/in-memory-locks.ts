/** Locks by name that units of work hold until they end: those that wait (rows) and those that do not (advisory). */
export class InMemoryLocks {
  readonly #holders = new Map<string, { readonly owner: object; readonly released: Promise<void> }>();

  /** Waits in turn; a lock that `owner` holds already is got at once. */
  async take(owner: object, name: string, released: Promise<void>): Promise<void> {
    for (let holder = this.#holders.get(name); holder; holder = this.#holders.get(name)) {
      if (holder.owner === owner) return;
      await holder.released;
    }
    this.#hold(owner, name, released);
  }

  /** @returns false when another owner holds it */
  tryTake(owner: object, name: string, released: Promise<void>): boolean {
    const holder = this.#holders.get(name);
    if (holder) return holder.owner === owner;
    this.#hold(owner, name, released);
    return true;
  }

  release(owner: object): void {
    for (const [name, holder] of this.#holders) {
      if (holder.owner === owner) this.#holders.delete(name);
    }
  }

  #hold(owner: object, name: string, released: Promise<void>): void {
    this.#holders.set(name, { owner, released });
  }
}
