import { createRoute } from '@hono/zod-openapi';
import { ANSWERS, type SignIn } from '../answers.ts';
import type { App } from '../http/endpoint.ts';
import { PROBLEM_JSON } from '../http/problem.ts';

const refTo = (name: string) => ({ schema: { $ref: `#/components/schemas/${name}` } });

const route = createRoute({
  method: 'get',
  path: '/api/sign-in',
  operationId: 'getSignIn',
  summary: 'Shows how a page gets its token. It needs none.',
  security: [],
  responses: {
    200: { description: 'Done.', content: { 'application/json': refTo('SignIn') } },
    default: { description: 'A problem (RFC 9457).', content: { [PROBLEM_JSON]: refTo('Problem') } },
  },
});

/** Adds the endpoint that a page calls before it has a token. */
export const addSignIn = (app: App, signIn: SignIn): void => {
  const answer = ANSWERS.SignIn.parse(signIn);
  app.openAPIRegistry.registerPath(route);
  app.get(route.getRoutingPath(), (context) => context.json(answer));
};
