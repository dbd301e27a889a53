import { deployedConsole } from '../../../functions/console/lambda/deployed-console.ts';
import { type ConsoleInput, parseConsole } from '../../../functions/migration/settings/config.ts';
import { fakePorts } from '../../support/fake-ports.ts';
import { groups, ISSUER, jwks, tokenOf } from '../api/tokens.ts';

export const CONSOLE: ConsoleInput = { issuer: ISSUER, clientId: 'console', groupsClaim: 'groups', groups };

const bytes = (text: string) => new TextEncoder().encode(text);

/** A deployed console over a world in memory, for the users of a made-up issuer. */
export const deployedWorld = (config: Partial<ConsoleInput> = {}) => {
  const logged: string[] = [];
  const log = (fields: object, message: string) => logged.push(JSON.stringify([fields, message]));
  const ports = { ...fakePorts(), log: { info: log, warn: log } };
  const page = new Map([
    ['index.html', { body: bytes('<!doctype html>'), type: 'text/html; charset=utf-8' }],
    ['assets/a-1.js', { body: bytes('1'), type: 'text/javascript; charset=utf-8' }],
  ]);
  const app = deployedConsole({ ports, config: parseConsole({ ...CONSOLE, ...config }), page, jwks });
  const call = (path: string, token: string | undefined = tokenOf({}), init: RequestInit = {}) =>
    app.request(`https://api.example${path}`, {
      ...init,
      headers: { ...(token === '' ? {} : { authorization: `Bearer ${token}` }), ...init.headers },
    });
  return { ports, app, call, logged };
};
