import type { FastifyInstance } from 'fastify';
import { exportJWK, generateKeyPair, createLocalJWKSet, type JWK, SignJWT } from 'jose';
import { type Logger, pino } from 'pino';
import { composeHttpApp, type HttpAppOptions } from '../app.ts';
import { type Scope, scopes } from '../domain/principal.ts';
import { type TokenSettings, tokenVerifier } from '../http/token-verifier.ts';
import type { GroupLimits } from '../use-cases/group-queue.ts';
import { ormReports } from '../persistence/orm-reports.ts';
import { contractOf } from './contract.ts';
import { newId } from './examples.ts';
import { openOrderDatabase, type OrderDatabase } from './order-database.ts';

export const publicUrl = 'https://orders.example';
const [issuer, audience] = ['waybill-test', 'waybill'];

export interface TokenWishes {
  readonly subject?: string;
  readonly scopes?: readonly Scope[];
  /** Seconds from now. */
  readonly expiresIn?: number;
  readonly issuer?: string;
  readonly audience?: string;
}

/** Makes tokens that the service under test accepts, or just does not. */
export interface TokenMint {
  token(wishes?: TokenWishes): Promise<string>;
}

/** @returns the public keys too, as a set for other processes */
export async function tokenMint(): Promise<
  TokenMint & TokenSettings & { readonly jwks: { readonly keys: readonly JWK[] } }
> {
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  const jwk = { ...(await exportJWK(publicKey)), kid: 'test', alg: 'ES256' };
  return {
    jwks: { keys: [jwk] },
    keys: createLocalJWKSet({ keys: [jwk] }),
    issuer,
    audience,
    token: (wishes = {}) =>
      new SignJWT({ scope: (wishes.scopes ?? scopes).join(' ') })
        .setProtectedHeader({ alg: 'ES256', kid: 'test', typ: 'at+jwt' })
        .setSubject(wishes.subject ?? newId())
        .setIssuer(wishes.issuer ?? issuer)
        .setAudience(wishes.audience ?? audience)
        .setExpirationTime(Math.floor(Date.now() / 1000) + (wishes.expiresIn ?? 600))
        .sign(privateKey),
  };
}

export interface Call {
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly path: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Nobody's when left out. */
  readonly token?: string;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
  /** The parsed body. */
  json(): Record<string, unknown>;
}

export interface RunningOrderApi extends AsyncDisposable, TokenMint {
  readonly http: FastifyInstance;
  readonly database: OrderDatabase;
  call(call: Call): Promise<Answer>;
}

/** As `config.ts` has it. */
export const groups: GroupLimits = { groupSize: 64, groupsAtOnce: 1, waitingAtMost: 1_024 };

export const silent: Logger = pino({ level: 'silent' });

/** The HTTP side alone, over given stores. */
export async function composeHttpOver(
  mint: TokenSettings,
  given: Pick<HttpAppOptions, 'transactions'> & Partial<HttpAppOptions>,
): Promise<FastifyInstance> {
  return await composeHttpApp({
    reports: { topBuyers: async () => [] },
    verifyToken: tokenVerifier(mint),
    publicUrl,
    groups,
    logger: silent,
    signal: new AbortController().signal,
    ...given,
  });
}

/** Stores on which everything ends in the same way. */
export function storesThat(fail: () => Promise<never>): Pick<HttpAppOptions, 'transactions' | 'reports'> {
  return { transactions: { write: fail, read: fail }, reports: { topBuyers: fail } };
}

/**
 * The service's HTTP side on a database of its own; calls go through the real server code without a socket. An answer
 * that the OpenAPI document does not declare fails whatever test it comes up in.
 */
export async function runOrderApi(limits: Partial<GroupLimits> = {}): Promise<RunningOrderApi> {
  return composeOrderApi(await openOrderDatabase(), { groups: { ...groups, ...limits } });
}

/** The same on a given database, which it closes; whatever is overridden replaces the service's own. */
export async function composeOrderApi(
  database: OrderDatabase,
  overrides: Partial<HttpAppOptions>,
): Promise<RunningOrderApi> {
  await using stack = new AsyncDisposableStack();
  stack.use(database);
  const mint = await tokenMint();
  const http = await composeHttpOver(mint, {
    transactions: database.transactions,
    reports: ormReports(database.orm),
    ...overrides,
  });
  stack.defer(() => http.close());
  const opened = stack.move();
  return {
    http,
    database,
    token: (wishes) => mint.token(wishes),
    call: async (call) => {
      const answer = await inject(http, call);
      const contentType = String(answer.headers['content-type']);
      const surprise = contractOf(http.swagger()).surprise(call, { ...answer, contentType });
      if (surprise !== undefined) throw new Error(`${surprise}, which the OpenAPI document does not declare`);
      return answer;
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

/** A string is sent as the body that it is, everything else as JSON. */
async function inject(http: FastifyInstance, { method, path, body, headers, token }: Call): Promise<Answer> {
  const answer = await http.inject({
    method,
    url: path,
    headers: {
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...headers,
    },
    ...(body !== undefined && { payload: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  return {
    status: answer.statusCode,
    headers: answer.headers,
    text: answer.payload,
    json: () => answer.json(),
  };
}
