import {
  answeredFailure,
  type ClientFailureCode,
  type Failure,
  saslAuthenticationFailed,
} from '../failure.ts';
import { KafkaPublishError } from '../publish-error.ts';
import { AuthenticationError, NetworkError, ProtocolError, TimeoutError } from './client-parts.ts';

/** @param what the subject of the message, for example `Publishing 3 messages to order_placed/4` */
export function toPublishError(what: string, error: unknown): KafkaPublishError {
  if (error instanceof KafkaPublishError) return error;
  const chain = withCauses(error);
  return new KafkaPublishError(what, classifyFailure(chain), chain.at(-1) ?? error);
}

/** @param chain an error, what caused it, what caused that …; the client puts the reason last */
export function classifyFailure(chain: readonly Error[]): Failure {
  const answer = chain.findLast((error) => error instanceof ProtocolError);
  if (answer !== undefined) return answeredFailure(answer.apiCode);
  if (chain.some((error) => error instanceof TimeoutError)) return unanswered('REQUEST_TIMEOUT');
  const network = chain.findIndex((error) => error instanceof NetworkError);
  const socket = chain.slice(network + 1).findLast((error) => systemCode(error) !== undefined);
  if (network !== -1 && socket !== undefined) {
    return { reach: 'unreachable', code: systemCode(socket) ?? '', retriable: true };
  }
  // A connection that ended during the login is no refusal: it has a network error below.
  const lost = chain.slice(network + 1).some((error) => error instanceof NetworkError);
  if (!lost && chain.some((error) => error instanceof AuthenticationError)) {
    return answeredFailure(saslAuthenticationFailed);
  }
  if (network !== -1) return unanswered('CONNECTION_FAILED');
  const code: ClientFailureCode = 'CLIENT_FAILED';
  return { reach: 'answered', code, retriable: false };
}

function unanswered(code: ClientFailureCode): Failure {
  return { reach: 'unreachable', code, retriable: true };
}

/** Node's name of what a socket met (`ECONNREFUSED`, `CERT_HAS_EXPIRED`); the client's own start with PLT_KFK. */
function systemCode(error: Error): string | undefined {
  if (!('code' in error) || typeof error.code !== 'string') return undefined;
  return error.code.startsWith('PLT_KFK') ? undefined : error.code;
}

/** Of several errors together the last: the client tries brokers in turn, or reads an answer from its start. */
export function withCauses(error: unknown): Error[] {
  const chain: Error[] = [];
  let next: unknown = error;
  while (next instanceof Error && !chain.includes(next)) {
    chain.push(next);
    next = next instanceof AggregateError && next.errors.length > 0 ? next.errors.at(-1) : next.cause;
  }
  return chain;
}
