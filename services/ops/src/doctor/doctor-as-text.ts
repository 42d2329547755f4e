import type { Diagnosis } from '@waybill/outbox/operations';
import { printable } from '../display/table.ts';

export function diagnosisAsText({ findings, unchecked }: Diagnosis): string {
  const found = findings.map(
    ({ cause, what, remedy }) => `${cause}\n  ${printable(what)}\n  → ${printable(remedy)}\n`,
  );
  const notSeen = unchecked.map(
    ({ check, why }) => `Not looked at: ${printable(check)} (${printable(why)}).\n`,
  );
  const verdict = findings.length === 0 ? ['Nothing is wrong.\n'] : found;
  return [...verdict, ...notSeen].join('');
}
