import type { Check } from './check.ts';
import {
  commitTimesAreKept,
  environmentsFit,
  rolesExist,
  secretsAreForDevelopment,
  topicsExist,
} from './environment-checks.ts';
import {
  cacheIsFilled,
  commandsExist,
  pathsExist,
  versionsAgree,
  volumesAndUsersHold,
  workspacesAreCopied,
} from './image-checks.ts';
import { addressesReach, dependenciesHold, portsMatch } from './network-checks.ts';

/** Every check of the compose file. Each is seen to fail in `compose.test.ts`. */
export const checks: Readonly<Record<string, Check>> = {
  pathsExist,
  workspacesAreCopied,
  commandsExist,
  cacheIsFilled,
  environmentsFit,
  secretsAreForDevelopment,
  rolesExist,
  topicsExist,
  portsMatch,
  addressesReach,
  dependenciesHold,
  versionsAgree,
  volumesAndUsersHold,
  commitTimesAreKept,
};
