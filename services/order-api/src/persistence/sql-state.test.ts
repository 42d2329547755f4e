import { describe, expect, it } from 'vitest';
import { storageErrorOf } from './sql-state.ts';

function driverError(message: string, properties: Record<string, string>): Error {
  return Object.assign(new Error(message), properties);
}

describe('an error of the driver', () => {
  it.each([
    ['23505', 'refused'],
    ['23503', 'refused'],
    ['22003', 'refused'],
    ['08P01', 'refused'],
    ['40001', 'unavailable'],
    ['53300', 'unavailable'],
    ['40P01', 'unavailable'],
    ['08006', 'unavailable'],
    ['57P01', 'unavailable'],
    ['57014', 'unavailable'],
    ['55P03', 'unavailable'],
    ['25006', 'unavailable'],
  ])('with SQLSTATE %s is %s, and names its constraint', (code, failure) => {
    const cause = driverError('secret', { code, constraint: 'uq_users_email' });
    expect(storageErrorOf(cause)).toMatchObject({
      code: 'STORAGE',
      failure,
      sqlState: code,
      constraint: 'uq_users_email',
      cause,
    });
  });

  it.each([
    ['ECONNREFUSED', 'connect ECONNREFUSED'],
    ['ECONNRESET', 'read ECONNRESET'],
    ['EPIPE', 'write EPIPE'],
    ['', 'Connection terminated unexpectedly'],
    ['', 'Connection terminated due to connection timeout'],
    ['', 'Query read timeout'],
    ['', 'Client was closed and is not queryable'],
    ['', 'Client has encountered a connection error and is not queryable'],
  ])('of the connection is unavailable: %s %s', (code, message) => {
    expect(storageErrorOf(driverError(message, code ? { code } : {}))).toMatchObject({
      failure: 'unavailable',
      sqlState: '08000',
    });
  });

  it('of a pool without a free place is a shortage: who asks again at once makes it worse', () => {
    const cause = driverError('timeout exceeded when trying to connect', {});
    expect(storageErrorOf(cause)).toMatchObject({ failure: 'unavailable', sqlState: '53300', cause });
  });

  it.each(['42501', '42P01', '55006', '25001'])('with SQLSTATE %s stays what it is', (code) => {
    const error = driverError('no', { code });
    expect(storageErrorOf(error)).toBe(error);
  });

  it('that is no error of the driver stays what it is', () => {
    const error = new TypeError('a bug');
    expect(storageErrorOf(error)).toBe(error);
    expect(storageErrorOf('text')).toBe('text');
  });
});
