import type { FastifyRequest } from 'fastify';
import type { Principal, Scope } from '../domain/principal.ts';
import type { Author } from '../use-cases/audit.ts';
import { ProblemError } from './problems.ts';
import type { VerifyToken } from './token-verifier.ts';

/** Who sent a request, known once {@link requireScope} has let it through. */
const principals = new WeakMap<FastifyRequest, Principal>();

/** @throws Error on a route without {@link requireScope}: a mistake of ours, not the client's */
export function principalOf(request: FastifyRequest): Principal {
  const principal = principals.get(request);
  if (!principal) throw new Error('a route asked for the principal without asking for a token');
  return principal;
}

/** The sender as far as it is known: undefined on a route that asks for no token. */
export function knownPrincipal(request: FastifyRequest): Principal | undefined {
  return principals.get(request);
}

/** For the audit log. @throws as {@link principalOf} */
export function authorOf(request: FastifyRequest): Author {
  return { actor: principalOf(request).subject, requestId: request.id };
}

/** The hook and what it asks for, so that the documentation says what is enforced. */
export interface ScopeGuard {
  (request: FastifyRequest): Promise<void>;
  readonly anyOf: readonly Scope[];
}

export function isScopeGuard(hook: unknown): hook is ScopeGuard {
  return typeof hook === 'function' && 'anyOf' in hook;
}

/**
 * A hook for `onRequest`: the token is checked before a byte of the body is read.
 *
 * @param anyOf one of these scopes is enough
 */
export function requireScope(verify: VerifyToken, anyOf: readonly [Scope, ...Scope[]]): ScopeGuard {
  const guard = async (request: FastifyRequest): Promise<void> => {
    const verdict = await verify(bearerToken(request.headers.authorization)).catch((cause: unknown) => {
      request.log.error({ err: cause }, 'the keys for tokens cannot be had');
      throw new ProblemError({
        name: 'service-unavailable',
        detail: 'Tokens cannot be checked at the moment.',
        headers: { 'retry-after': '1' },
      });
    });
    if (verdict.kind === 'invalid') {
      throw unauthenticated(
        `Not accepted: ${verdict.reason}.`,
        `, error="invalid_token", error_description="${verdict.reason}"`,
      );
    }
    if (!anyOf.some((scope) => verdict.principal.scopes.has(scope))) {
      throw new ProblemError({
        name: 'forbidden',
        detail: `This needs the scope ${anyOf.join(' or ')}.`,
        headers: {
          'www-authenticate': `Bearer realm="waybill", error="insufficient_scope", scope="${anyOf[0]}"`,
        },
      });
    }
    principals.set(request, verdict.principal);
  };
  return Object.assign(guard, { anyOf });
}

/** RFC 6750, 2.1: the header and nothing else; a token in a URL ends up in logs. */
function bearerToken(header: string | undefined): string {
  const token = /^Bearer +([A-Za-z0-9._~+/-]+=*) *$/i.exec(header ?? '')?.[1];
  if (token === undefined) throw unauthenticated('Send Authorization: Bearer <token>.', '');
  return token;
}

function unauthenticated(detail: string, challenge: string): ProblemError {
  return new ProblemError({
    name: 'unauthenticated',
    detail,
    headers: { 'www-authenticate': `Bearer realm="waybill"${challenge}` },
  });
}
