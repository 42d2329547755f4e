import { type ExitCode, exitCodes } from './exit-codes.ts';

/** For scripts, beside the sentence for people. */
export type OperatorErrorCode =
  | 'NO_WAYBILL'
  | 'USAGE'
  | 'DATABASE_UNREACHABLE'
  | 'DATABASE_REFUSED'
  | 'KAFKA_UNREACHABLE'
  | 'KAFKA_REFUSED'
  | 'NOT_FOUND'
  | 'NOT_YET'
  | 'FAILED';

export interface OperatorErrorOptions extends ErrorOptions {
  /** Default: FAILED. */
  readonly code?: OperatorErrorCode;
}

/** Something the operator can mend: shown as one sentence, without a stack, with exit code 1, or 2 for bad usage. */
export class OperatorError extends Error {
  readonly code: OperatorErrorCode;

  constructor(sentence: string, { code = 'FAILED', ...options }: OperatorErrorOptions = {}) {
    super(sentence, options);
    this.name = 'OperatorError';
    this.code = code;
  }

  get exitCode(): ExitCode {
    return this.code === 'USAGE' ? exitCodes.usage : exitCodes.failed;
  }
}
