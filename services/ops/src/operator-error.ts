/** Something the operator can mend: shown as one sentence, without a stack, with exit code 1. */
export class OperatorError extends Error {
  constructor(sentence: string, options?: ErrorOptions) {
    super(sentence, options);
    this.name = 'OperatorError';
  }
}
