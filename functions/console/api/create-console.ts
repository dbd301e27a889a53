import { OpenAPIHono } from '@hono/zod-openapi';
import { bodyLimit } from 'hono/body-limit';
import { HTTPException } from 'hono/http-exception';
import type { Ports } from '../../migration/ports.ts';
import { loopbackGuard } from './access/loopback-guard.ts';
import { addSignIn } from './access/sign-in.ts';
import type { VerifySubject } from './access/subject.ts';
import type { SignIn } from './answers.ts';
import { addActions } from './endpoints/actions.ts';
import { addDoctor } from './endpoints/doctor.ts';
import { addMigrations } from './endpoints/migrations.ts';
import { addOverview } from './endpoints/overview.ts';
import { addRequests } from './endpoints/requests.ts';
import { addTables } from './endpoints/tables.ts';
import { addTenants } from './endpoints/tenants.ts';
import type { App, Variables } from './http/endpoint.ts';
import { ApiProblem, PROBLEM_JSON, problemOf } from './http/problem.ts';
import { indexPage } from './index-page.ts';
import { addStream } from './live/stream.ts';
import { openApiOf } from './openapi.ts';
import { addPage, type PageFiles, pagePolicy } from './page-files.ts';

/** Bytes of a request's body: the longest holds a reason. */
const MAX_BYTES = 64 * 1_024;

export interface ConsoleOptions {
  readonly ports: Ports;
  readonly verify: VerifySubject;
  /** True if it is served on loopback, where the pages of other hosts must not reach it. */
  readonly isOnLoopback: boolean;
  /** The way in which the page gets its token; absent for the printed link. */
  readonly signIn?: SignIn | undefined;
  /** The built page; absent for a list of the API's operations in its place. */
  readonly page?: PageFiles | undefined;
}

/** Creates the ops console: its API, and the files that are served without a token. */
export const createConsole = ({
  ports,
  verify,
  isOnLoopback,
  signIn = { kind: 'link' },
  page,
}: ConsoleOptions): App => {
  const api: App = new OpenAPIHono<{ Variables: Variables }>();
  api.use('*', async (context, next) => {
    const subject = await verify(context.req.header('authorization'));
    if (!subject) throw new ApiProblem(401, 'NotSignedIn', 'send a valid token as Authorization: Bearer');
    context.set('subject', subject);
    await next();
  });
  addOverview(api, ports);
  addTenants(api, ports);
  addTables(api, ports);
  addDoctor(api, ports);
  addMigrations(api, ports);
  addActions(api, ports);
  addRequests(api, ports);
  addStream(api, ports);

  const app: App = new OpenAPIHono<{ Variables: Variables }>();
  app.onError((thrown) => answerError(ports, thrown));
  app.notFound((context) =>
    answerError(
      ports,
      new ApiProblem(404, 'NotFound', `there is no ${context.req.method} ${context.req.path}`),
    ),
  );
  if (isOnLoopback) app.use('*', loopbackGuard);
  app.use('*', async (context, next) => {
    await next();
    for (const [name, value] of Object.entries(SECURITY_HEADERS))
      if (!context.res.headers.has(name)) context.res.headers.set(name, value);
    if (!isOnLoopback) context.res.headers.set('strict-transport-security', HTTPS_ONLY);
  });
  app.use(
    '*',
    bodyLimit({
      maxSize: MAX_BYTES,
      onError: () => {
        throw new ApiProblem(413, 'TooLarge', `a request has at most ${MAX_BYTES} bytes`);
      },
    }),
  );
  app.get('/api/openapi.json', (context) => context.json(openApiOf(app)));
  addSignIn(app, signIn);
  app.route('/api', api);
  if (page) addPage(app, page, pagePolicy(signIn));
  else app.get('/', (context) => context.html(indexPage(app)));
  return app;
};

/** For a year, in s. */
const HTTPS_ONLY = 'max-age=31536000';

const SECURITY_HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'; base-uri 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
} as const;

/** An unexpected error goes to the log by its name only: a message may hold what no log may. */
const answerError = ({ log }: Pick<Ports, 'log'>, thrown: unknown): Response => {
  if (thrown instanceof HTTPException) return thrown.getResponse();
  const { status, body, isUnexpected } = problemOf(thrown);
  if (isUnexpected)
    log.warn(
      { error: thrown instanceof Error ? thrown.name : typeof thrown },
      'a request of the console failed',
    );
  return new Response(JSON.stringify(body), {
    status,
    headers: {
      'content-type': PROBLEM_JSON,
      ...SECURITY_HEADERS,
      ...(status === 401 ? { 'www-authenticate': 'Bearer' } : {}),
      ...(status === 503 ? { 'retry-after': '1' } : {}),
    },
  });
};
