export { connected } from './connected.ts';
