import { type Static, type TObject, type TProperties, type TSchema, type TString, Type } from 'typebox';
import Value from 'typebox/value';
import { parseVariable } from './parse-variable.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Every wrong or missing environment variable of a service, named in one message. Secret values never appear. */
export class SettingsError extends Error {
  readonly code = 'settings-invalid';
  /** One sentence per variable. */
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`The environment does not fit:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
    this.name = 'SettingsError';
    this.problems = problems;
  }
}

/**
 * A string that must stay out of messages. Its `default` serves development and test only; in production the
 * variable has to be set. URLs with a password in them are secrets too.
 */
export function secret(options: { readonly default?: string; readonly description?: string } = {}): TString {
  return Type.String({ minLength: 1, ...options, secret: true });
}

/** Where a service's database is, as the role that is its own; locally the role is its own password. */
export function databaseUrl(options: {
  readonly role: string;
  readonly database: 'waybill' | 'waybill_sales';
  readonly description: string;
}): TString {
  const { role, database, description } = options;
  return secret({ default: `postgres://${role}:${role}@127.0.0.1:55432/${database}`, description });
}

/** What every service reads. Spread it into a service's own `Type.Object({...})`. */
export function hostSettings({ managementPort }: { readonly managementPort: number }) {
  return {
    WAYBILL_ENV: Type.Union([Type.Literal('development'), Type.Literal('test'), Type.Literal('production')], {
      default: 'development',
    }),
    LOG_LEVEL: Type.Union(
      [
        Type.Literal('trace'),
        Type.Literal('debug'),
        Type.Literal('info'),
        Type.Literal('warn'),
        Type.Literal('error'),
        Type.Literal('fatal'),
        Type.Literal('silent'),
      ],
      { default: 'info' },
    ),
    MANAGEMENT_HOST: Type.String({ default: '127.0.0.1', minLength: 1 }),
    MANAGEMENT_PORT: Type.Integer({ default: managementPort, minimum: 0, maximum: 65_535 }),
  };
}

/**
 * Reads the variables that a schema names. Text becomes what the schema says: numbers, `true`/`false`, and lists
 * separated by commas. An empty variable counts as not set, because Compose files pass `${X:-}` on as ''.
 * Variables that the schema does not name are ignored.
 *
 * @throws SettingsError naming every variable that is missing or does not fit
 */
export function readSettings<Properties extends TProperties>(
  schema: TObject<Properties>,
  env: Environment,
): Static<TObject<Properties>> {
  const secretsMayDefault = ['development', 'test'].includes(env.WAYBILL_ENV || 'development');
  const settings: Record<string, unknown> = {};
  const problems: string[] = [];
  for (const [name, property] of Object.entries(schema.properties)) {
    const reading = readVariable(property, env[name], secretsMayDefault);
    if (reading.kind === 'problem') problems.push(`${name} ${reading.problem}`);
    if (reading.kind === 'value') settings[name] = reading.value;
  }
  if (problems.length > 0) throw new SettingsError(problems);
  if (Value.Check(schema, settings)) return settings;
  throw new SettingsError(
    Value.Errors(schema, settings).map(({ instancePath, message }) => `${instancePath} ${message}`),
  );
}

type Reading =
  | { readonly kind: 'value'; readonly value: unknown }
  | { readonly kind: 'unset' }
  | { readonly kind: 'problem'; readonly problem: string };

function readVariable(property: TSchema, text: string | undefined, secretsMayDefault: boolean): Reading {
  const isSecret = 'secret' in property && property.secret === true;
  if (text === undefined || text === '') return readDefault(property, isSecret, secretsMayDefault);
  const value = parseVariable(property, text);
  const [error] = Value.Errors(property, value);
  if (!error) return { kind: 'value', value };
  const shown = isSecret ? 'its value is secret and not shown' : `it is ${JSON.stringify(text)}`;
  return { kind: 'problem', problem: `${expectation(property, error.message)} (${shown})` };
}

function readDefault(property: TSchema, isSecret: boolean, secretsMayDefault: boolean): Reading {
  if ('default' in property && property.default !== undefined) {
    if (!isSecret || secretsMayDefault) return { kind: 'value', value: property.default };
    return { kind: 'problem', problem: 'is not set; outside development and test a secret has no default' };
  }
  return Type.IsOptional(property) ? { kind: 'unset' } : { kind: 'problem', problem: 'is not set' };
}

function expectation(property: TSchema, message: string): string {
  if (!Type.IsUnion(property)) return message;
  const literals = property.anyOf.filter((option) => Type.IsLiteral(option)).map((option) => option.const);
  return literals.length === property.anyOf.length ? `must be one of ${literals.join(', ')}` : message;
}
