import { posix } from 'node:path';
import { parseSync, type Program, Visitor } from 'oxc-parser';

/** One place where a file names another module. `kind` is `type` when nothing of it is left at run time. */
export interface Import {
  /** As written: `./a.ts`, `@waybill/outbox/relay`, `node:fs`. */
  readonly specifier: string;
  /** The repository path for a relative specifier, else undefined. */
  readonly target: string | undefined;
  readonly kind: 'value' | 'type' | 'dynamic';
  readonly line: number;
}

/** A member of the global `process` that a file reads: `env`, `exit` … */
export interface ProcessUse {
  readonly member: string;
  readonly line: number;
}

/** A function whose text is long enough to be asked about. */
export interface FunctionSpan {
  readonly line: number;
  /** Lines from its first to its last. */
  readonly length: number;
  /** A comment ends directly above it or above the statement that it stands in. */
  readonly explained: boolean;
}

/** What the rules look at: plain data, so that a rule's own test can write a file in two lines. */
export interface SourceFile {
  /** Relative to the repository, with `/`. */
  readonly path: string;
  readonly lines: number;
  readonly startsWithComment: boolean;
  readonly imports: readonly Import[];
  readonly processUses: readonly ProcessUse[];
  readonly functions: readonly FunctionSpan[];
}

/**
 * Parses one file. TypeScript 7 has no compiler API for JavaScript, and a regular expression would believe
 * comments and miss `import('…')` in types; oxc reads the real syntax.
 *
 * @throws Error naming the file when it does not parse: an unread file must not count as a clean one.
 */
export function parseSource(path: string, text: string): SourceFile {
  const parsed = parseSync(path, text, { sourceType: 'module' });
  const [error] = parsed.errors;
  if (error) throw new Error(`${path} does not parse: ${error.message}`);
  const lineOf = lineFinder(text);
  const commentEnds = new Set(parsed.comments.map((comment) => lineOf(comment.end)));
  return {
    path,
    lines: text.split('\n').length - (text.endsWith('\n') ? 1 : 0),
    startsWithComment: /^(#!.*\n)?\s*\/[/*]/.test(text),
    imports: findImports(parsed.program, path, lineOf),
    processUses: findProcessUses(parsed.program, lineOf),
    functions: findFunctions(parsed.program, lineOf, commentEnds),
  };
}

type LineOf = (offset: number) => number;

function lineFinder(text: string): LineOf {
  const starts = [0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return (offset) => {
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return low + 1;
  };
}

function findImports(program: Program, path: string, lineOf: LineOf): Import[] {
  const found: Import[] = [];
  const add = (specifier: string, kind: Import['kind'], offset: number) => {
    const relative = specifier.startsWith('.');
    const target = relative ? posix.normalize(posix.join(posix.dirname(path), specifier)) : undefined;
    found.push({ specifier, target, kind, line: lineOf(offset) });
  };
  new Visitor({
    ImportDeclaration(node) {
      const names = node.specifiers;
      const onlyTypes =
        node.importKind === 'type' ||
        (names.length > 0 &&
          names.every((name) => name.type === 'ImportSpecifier' && name.importKind === 'type'));
      add(node.source.value, onlyTypes ? 'type' : 'value', node.start);
    },
    ExportNamedDeclaration(node) {
      if (node.source) add(node.source.value, node.exportKind === 'type' ? 'type' : 'value', node.start);
    },
    ExportAllDeclaration(node) {
      add(node.source.value, node.exportKind === 'type' ? 'type' : 'value', node.start);
    },
    ImportExpression(node) {
      // A computed specifier hides its target from every rule, so it is reported under a name no rule allows.
      add(literalOf(node.source) ?? '<computed>', 'dynamic', node.start);
    },
    CallExpression(node) {
      const [first] = node.arguments;
      if (node.callee.type !== 'Identifier' || node.callee.name !== 'require' || !first) return;
      add(literalOf(first) ?? '<computed>', 'dynamic', node.start);
    },
    TSImportType(node) {
      add(node.source.value, 'type', node.start);
    },
    TSImportEqualsDeclaration(node) {
      if (node.moduleReference.type !== 'TSExternalModuleReference') return;
      add(node.moduleReference.expression.value, 'value', node.start);
    },
  }).visit(program);
  return found;
}

function literalOf(node: { readonly type: string; readonly value?: unknown }): string | undefined {
  return node.type === 'Literal' && typeof node.value === 'string' ? node.value : undefined;
}

const processModules = new Set(['process', 'node:process']);

function findProcessUses(program: Program, lineOf: LineOf): ProcessUse[] {
  const found: ProcessUse[] = [];
  const names = new Set(['process']);
  new Visitor({
    ImportDeclaration(node) {
      if (!processModules.has(node.source.value)) return;
      for (const name of node.specifiers) {
        if (name.type !== 'ImportSpecifier') names.add(name.local.name);
        else if (name.imported.type === 'Identifier')
          found.push({ member: name.imported.name, line: lineOf(name.start) });
      }
    },
    MemberExpression(node) {
      const { object } = node;
      const direct = object.type === 'Identifier' && names.has(object.name);
      const viaGlobal =
        object.type === 'MemberExpression' &&
        object.property.type === 'Identifier' &&
        object.property.name === 'process' &&
        object.object.type === 'Identifier' &&
        object.object.name === 'globalThis';
      if (!direct && !viaGlobal) return;
      const member = node.computed ? (literalOf(node.property) ?? '<computed>') : node.property.name;
      found.push({ member, line: lineOf(node.start) });
    },
    VariableDeclarator(node) {
      if (node.init?.type !== 'Identifier' || !names.has(node.init.name) || node.id.type !== 'ObjectPattern')
        return;
      for (const property of node.id.properties) {
        const key =
          property.type === 'Property' && property.key.type === 'Identifier' ? property.key.name : '<rest>';
        found.push({ member: key, line: lineOf(property.start) });
      }
    },
  }).visit(program);
  return found;
}

function findFunctions(program: Program, lineOf: LineOf, commentEnds: ReadonlySet<number>): FunctionSpan[] {
  const found: FunctionSpan[] = [];
  const add = (node: { readonly start: number; readonly end: number }) => {
    const line = lineOf(node.start);
    found.push({ line, length: lineOf(node.end) - line + 1, explained: commentEnds.has(line - 1) });
  };
  new Visitor({ FunctionDeclaration: add, FunctionExpression: add, ArrowFunctionExpression: add }).visit(
    program,
  );
  return found;
}
