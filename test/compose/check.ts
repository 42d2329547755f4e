import type { ComposeFile } from './compose-file.ts';
import type { World } from './world.ts';

/** A check names everything in the compose file that does not exist or does not agree with the repository. */
export type Check = (compose: ComposeFile, world: World) => string[];

/** The services that are ours, built here and not pulled. */
export const built = (compose: ComposeFile) => compose.services.filter((service) => service.build);
