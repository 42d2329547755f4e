export type ContractErrorCode =
  | 'event-does-not-fit'
  | 'event-envelope-wrong'
  | 'event-type-unknown'
  | 'event-not-json';

/**
 * An event that breaks its contract. On write the caller has a bug and the unit of work must fail; on read the
 * producer has one, and repeating does not help. The message names places, never values: they may be anybody's.
 */
export class ContractError extends Error {
  readonly code: ContractErrorCode;
  readonly problems: readonly string[];

  constructor(code: ContractErrorCode, event: string, problems: readonly string[], options?: ErrorOptions) {
    super(`${event}: ${problems.join('; ')}`, options);
    this.name = 'ContractError';
    this.code = code;
    this.problems = problems;
  }
}
