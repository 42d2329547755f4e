/** No log line of a client belongs into a test's output. */
export const silentLog = { debug() {}, info() {}, warn() {}, error() {} };
