import type { MiddlewareHandler } from 'hono';
import { ApiProblem } from '../http/problem.ts';

const LOOPBACK = new Set(['127.0.0.1', 'localhost', '[::1]']);

/**
 * Refuses requests that a foreign page makes through the operator's browser. If a page's name was made to resolve to
 * loopback (DNS rebinding), Host contains that name. The Origin of a request from another page is that page's.
 * [Fetch standard, Origin header]
 */
export const loopbackGuard: MiddlewareHandler = async (context, next) => {
  const host = context.req.header('host') ?? '';
  if (!LOOPBACK.has(host.replace(/:\d+$/, '')))
    throw new ApiProblem(421, 'ForeignHost', 'the console answers on loopback only; open the printed link');
  const origin = context.req.header('origin');
  if (origin !== undefined && origin !== `http://${host}`)
    throw new ApiProblem(403, 'ForeignOrigin', 'the request comes from another page than the console');
  if (context.req.header('sec-fetch-site') === 'cross-site')
    throw new ApiProblem(403, 'ForeignOrigin', 'the request comes from another site');
  await next();
};
