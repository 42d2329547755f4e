import type { ClientName } from './options.ts';
import type { Figure } from './results.ts';
import { median } from './statistics.ts';

/** Null, and nothing to tell, when every round is void. */
export function medianOf(values: readonly number[]): Pick<Figure, 'value' | 'details'> {
  if (values.length === 0) return { value: null, details: '' };
  return { value: median(values), details: `median of ${values.length} rounds: ${range(values)}` };
}

/** As `medianOf`, for what must hold in every round. */
export function worstOf(values: readonly number[]): Pick<Figure, 'value' | 'details'> {
  if (values.length === 0) return { value: null, details: '' };
  return { value: Math.max(...values), details: `worst of ${values.length} rounds: ${range(values)}` };
}

function range(values: readonly number[]): string {
  return `${Math.min(...values).toFixed(2)} to ${Math.max(...values).toFixed(2)}`;
}

interface RoundOfClient {
  readonly client: ClientName;
  readonly state: 'valid' | 'void';
}

/** What counts of a client's rounds. */
export function validOf<Round extends RoundOfClient>(
  rounds: readonly Round[],
  client: ClientName,
): Extract<Round, { readonly state: 'valid' }>[] {
  return rounds.filter(
    (round): round is Extract<Round, { readonly state: 'valid' }> =>
      round.client === client && round.state === 'valid',
  );
}
