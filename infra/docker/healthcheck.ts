/** The image's HEALTHCHECK: exits 0 when the service of this container says that it is ready for work. */

const port = process.env['MANAGEMENT_PORT'];
if (port === undefined) throw new Error('MANAGEMENT_PORT is not set');

const response = await fetch(`http://127.0.0.1:${port}/readyz`, { signal: AbortSignal.timeout(4_000) });
console.log(await response.text());
if (!response.ok) process.exitCode = 1;
