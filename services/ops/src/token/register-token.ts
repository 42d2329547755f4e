import { readFile } from 'node:fs/promises';
import { type Command, InvalidArgumentError } from 'commander';
import type { JWK } from 'jose';
import { Type } from 'typebox';
import Value from 'typebox/value';
import { answer, formatFrom } from '../command-line/answer.ts';
import { duration } from '../command-line/arguments.ts';
import type { CommandContext } from '../command-line/context.ts';
import { signingSettingsFrom } from '../config.ts';
import { OperatorError } from '../operator-error.ts';
import { signToken } from './sign-token.ts';

/** What the order API knows; it ignores any other. */
const knownScopes: readonly string[] = [
  'users:read',
  'users:write',
  'catalog:write',
  'orders:read',
  'orders:write',
  'orders:read:any',
  'orders:write:any',
  'reports:read',
];

interface TokenFlags {
  readonly subject: string;
  readonly scope: readonly string[];
  readonly ttl: number;
  readonly issuer: string;
  readonly audience: string;
  readonly json?: true;
}

export function registerToken(program: Command, context: CommandContext): void {
  program
    .command('token')
    .description('make a token for the order API of this machine')
    .option('--subject <id>', 'whose it is: a user’s id, or the name of a program', 'operator')
    .option(
      '--scope <scopes>',
      'what it allows, separated by commas (default: everything)',
      scopes,
      knownScopes,
    )
    .option('--ttl <duration>', 'how long it is good for: 90s, 15m, 2h, 7d', duration, 3_600_000)
    .option('--issuer <name>', 'who it says made it', 'waybill-local')
    .option('--audience <name>', 'whom it says it is for', 'waybill')
    .option('--json', 'print one JSON object')
    .action(async (flags: TokenFlags) => {
      const { WAYBILL_SIGNING_KEY_FILE: file } = signingSettingsFrom(context.environment());
      const { subject, scope, ttl, issuer, audience } = flags;
      const wishes = { subject, scopes: scope, issuer, audience, validMs: ttl };
      const { token, expiresAt } = await signToken(await readKey(file), wishes, new Date());
      await answer(
        context.terminal,
        formatFrom(flags),
        { token, subject, scopes: scope, expires_at: expiresAt.toISOString() },
        // Nothing else, for $(npx waybill token).
        () => `${token}\n`,
      );
    });
}

function scopes(text: string): readonly string[] {
  const wanted = text.split(',').map((scope) => scope.trim());
  const unknown = wanted.filter((scope) => !knownScopes.includes(scope));
  if (unknown.length > 0) {
    throw new InvalidArgumentError(`Unknown: ${unknown.join(', ')}. There are ${knownScopes.join(', ')}.`);
  }
  return wanted;
}

const SigningKey = Type.Object({
  kty: Type.Literal('EC'),
  crv: Type.Literal('P-256'),
  d: Type.String(),
  x: Type.String(),
  y: Type.String(),
  kid: Type.Optional(Type.String()),
});

async function readKey(file: string): Promise<JWK> {
  try {
    const key: unknown = JSON.parse(await readFile(file, 'utf8'));
    if (Value.Check(SigningKey, key)) return key;
  } catch (error) {
    if (error instanceof SyntaxError) throw notAKey(file);
    throw new OperatorError(`The signing key cannot be read: ${file}`, { code: 'NOT_FOUND', cause: error });
  }
  throw notAKey(file);
}

/** Without what stands in it. */
function notAKey(file: string): OperatorError {
  return new OperatorError(`${file} holds no private key for ES256 (a JWK of kty EC and crv P-256)`);
}
