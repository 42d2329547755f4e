/** Errors that nobody catches while this watches: in a service each of them would be the end of the process. */
export class Uncaught implements Disposable {
  readonly errors: Error[] = [];
  readonly #note = (error: Error): void => void this.errors.push(error);

  constructor() {
    process.on('uncaughtExceptionMonitor', this.#note);
  }

  [Symbol.dispose](): void {
    process.off('uncaughtExceptionMonitor', this.#note);
  }
}
