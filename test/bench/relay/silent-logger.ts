import { createLogger } from '@waybill/service-host';

/** For parts of the product that log, where nobody reads it. */
export const silentLogger = createLogger({ service: 'bench', level: 'silent' });
