import { at, isTestCode, type Violation } from '../places.ts';
import type { SourceFile } from '../source-file.ts';

/**
 * Exempt from both rules: programs under infra/ and test/ and the root's configuration files, each of which is a
 * process of its own and no part of a service, and tests, which hand their environment to the processes they start.
 */
function isExempt(path: string): boolean {
  return isTestCode(path) || !/^(packages|services)\//.test(path);
}

const isMain = (path: string) => /^services\/[^/]+\/src\/main\.ts$/.test(path);
const isOrmConfig = (path: string) => /^services\/[^/]+\/(src\/)?mikro-orm\.config\.ts$/.test(path);

/** Only main.ts and mikro-orm.config.ts read the environment: everything else gets settings as an argument. */
export function environmentIsReadAtTheTop(file: SourceFile): Violation[] {
  if (isExempt(file.path) || isMain(file.path) || isOrmConfig(file.path)) return [];
  return file.processUses
    .filter(({ member }) => member === 'env' || member.startsWith('<'))
    .map((use) => at(file, use, 'only main.ts and mikro-orm.config.ts read process.env'));
}

const endings = new Set(['exit', 'abort', 'reallyExit']);

/** main.ts's last line, kept where a test can run it; `serviceHostIsForRoots` keeps it in main.ts's hands. */
const runService = 'packages/service-host/src/run-service.ts';

/** Only main.ts ends the process: a library that does so takes the graceful close away from everybody else. */
export function exitIsCalledAtTheTop(file: SourceFile): Violation[] {
  if (isExempt(file.path) || isMain(file.path) || file.path === runService) return [];
  return file.processUses
    .filter(({ member }) => endings.has(member) || member.startsWith('<'))
    .map((use) => at(file, use, `only main.ts may use process.${use.member}`));
}
