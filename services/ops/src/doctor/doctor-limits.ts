import { defaultDoctorLimits, type DoctorLimits } from '@waybill/outbox/operations';

export const mebibyte = 1_048_576;

export interface LimitFlags {
  /** In ms. */
  readonly transaction: number;
  /** In ms. */
  readonly waiting: number;
  /** In place of both the size and the share of a disk that otherwise have to be free. */
  readonly freeMib?: number;
}

export function limitsFrom({ transaction, waiting, freeMib }: LimitFlags): DoctorLimits {
  return {
    ...defaultDoctorLimits,
    transactionMs: transaction,
    pendingMs: waiting,
    ...(freeMib === undefined ? {} : { freeBytes: freeMib * mebibyte, freeShare: 0 }),
  };
}
