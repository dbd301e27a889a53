import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import * as z from 'zod';
import type { Ports } from '../../../migration/ports.ts';
import { mayAct, type Role, type Subject } from '../access/subject.ts';
import { ANSWERS, type AnswerName, type Content } from '../answers.ts';
import { etagOf, namesEtag } from './etag.ts';
import { once } from './idempotency.ts';
import { ApiProblem, PROBLEM_JSON } from './problem.ts';

/** For an endpoint that takes no parameters, no query or no body. */
export const none = z.strictObject({});

/** Values that middleware sets for the endpoints. */
export interface Variables {
  subject: Subject;
}
export type App = OpenAPIHono<{ Variables: Variables }>;

/** A request as an endpoint gets it: parsed, and from a subject who may send it. */
export interface EndpointRequest<Params, Query, Body> {
  readonly ports: Ports;
  readonly subject: Subject;
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  /** `If-Match`, on a POST that needs one. */
  readonly ifMatch: string;
}

/** The content of an endpoint's answer. */
export interface EndpointAnswer<Name extends AnswerName> {
  readonly content: Content<Name>;
  /** Tag of the answer, if it is not that of the whole document. */
  readonly etag?: string;
}

/** One operation of the API: what documents it also parses its requests and makes its answers. */
export interface Endpoint<Name extends AnswerName, Params, Query, Body> {
  readonly method: 'get' | 'post';
  readonly path: `/${string}`;
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
  /** The least role that may call it. */
  readonly role: Role;
  readonly params: z.ZodObject & z.ZodType<Params>;
  readonly query: z.ZodObject & z.ZodType<Query>;
  readonly body: z.ZodObject & z.ZodType<Body>;
  readonly answer: Name;
  /** 200 unless given. */
  readonly status?: 201 | 202;
  /** The tag of what its sender has seen, which the request must quote in `If-Match`; absent if it need not quote any. */
  readonly requiresMatch?: string;
  give(asked: EndpointRequest<Params, Query, Body>): Promise<EndpointAnswer<Name>>;
}

const IDEMPOTENCY_KEY = 'Idempotency-Key';

/** Adds an endpoint to the app and to its OpenAPI document. */
export const addEndpoint = <Name extends AnswerName, Params, Query, Body>(
  app: App,
  ports: Ports,
  endpoint: Endpoint<Name, Params, Query, Body>,
): void => {
  const route = documented(endpoint);
  app.openAPIRegistry.registerPath(route);
  app.on([endpoint.method], [route.getRoutingPath()], async (context) => {
    const subject = context.get('subject');
    if (!mayAct(subject.role, endpoint.role))
      throw new ApiProblem(
        403,
        'RoleMissing',
        `this needs the role ${endpoint.role}; yours is ${subject.role}`,
      );
    if (endpoint.method === 'get') return reply(context, endpoint, await answerTo(context, ports, endpoint));
    const { status, body } = await once(context, ports, IDEMPOTENCY_KEY, subject, async () => {
      const { content } = await answerTo(context, ports, endpoint);
      return { status: endpoint.status ?? 200, body: ANSWERS[endpoint.answer].parse(content) };
    });
    return new Response(JSON.stringify(body), { status, headers: { 'content-type': contentTypeOf(status) } });
  });
};

const contentTypeOf = (status: number): string => (status < 400 ? 'application/json' : PROBLEM_JSON);

const answerTo = async <Name extends AnswerName, Params, Query, Body>(
  context: Context<{ Variables: Variables }>,
  ports: Ports,
  endpoint: Endpoint<Name, Params, Query, Body>,
): Promise<EndpointAnswer<Name>> => {
  const ifMatch = context.req.header('if-match');
  if (endpoint.requiresMatch && ifMatch === undefined)
    throw new ApiProblem(
      428,
      'MatchMissing',
      `the header If-Match is missing. Nothing was changed. Send ${endpoint.requiresMatch} as you last read it`,
    );
  return endpoint.give({
    ports,
    subject: context.get('subject'),
    params: parsed(endpoint.params, 'path', context.req.param()),
    query: parsed(endpoint.query, 'query', context.req.query()),
    body: parsed(endpoint.body, 'body', isEmpty(endpoint.body) ? {} : await jsonOf(context)),
    ifMatch: ifMatch ?? '',
  });
};

/** Answers a GET, without its body if the caller has it already. [RFC 9110, If-None-Match] */
const reply = <Name extends AnswerName, Params, Query, Body>(
  context: Context,
  { answer }: Endpoint<Name, Params, Query, Body>,
  given: EndpointAnswer<Name>,
): Response => {
  const body = ANSWERS[answer].parse(given.content);
  const etag = given.etag ?? etagOf(body);
  context.header('etag', etag);
  const seen = context.req.header('if-none-match');
  if (seen !== undefined && namesEtag(seen, etag)) return context.body(null, 304);
  return context.newResponse(JSON.stringify(body), 200, { 'content-type': 'application/json' });
};

const isEmpty = ({ shape }: z.ZodObject): boolean => Object.keys(shape).length === 0;

/** @throws ApiProblem that names each field which is wrong. */
const parsed = <T>(schema: z.ZodType<T>, where: string, given: unknown): T => {
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  throw new ApiProblem(400, 'InvalidRequest', `the ${where} of the request is invalid. Nothing was changed`, {
    issues: result.error.issues.map(({ path, message }) => ({ path: [where, ...path].join('.'), message })),
  });
};

const jsonOf = async (context: Context): Promise<unknown> => {
  const type = context.req.header('content-type') ?? '';
  // a form of another page can send text and forms, but no JSON without asking first
  if (!/^application\/json\b/i.test(type))
    throw new ApiProblem(
      415,
      'NotJson',
      'the body is not application/json. Nothing was changed. Send it with this content type',
    );
  try {
    return await context.req.json();
  } catch (cause) {
    throw new ApiProblem(400, 'InvalidRequest', 'the body is not JSON. Nothing was changed', { cause });
  }
};

const refTo = (name: string) => ({ $ref: `#/components/schemas/${name}` });

const documented = <Name extends AnswerName, Params, Query, Body>(
  endpoint: Endpoint<Name, Params, Query, Body>,
) => {
  const { method, path, operationId, summary, description, role, params, query, body, answer } = endpoint;
  const isPost = method === 'post';
  const headers = z.object({
    ...(isPost
      ? {
          [IDEMPOTENCY_KEY]: z
            .string()
            .min(1)
            .max(255)
            .describe('Key that is the same for every attempt of one request.'),
        }
      : { 'If-None-Match': z.string().optional() }),
    ...(endpoint.requiresMatch
      ? { 'If-Match': z.string().describe(`Required: ${endpoint.requiresMatch}.`) }
      : {}),
  });
  const etag = { headers: { ETag: { schema: { type: 'string' as const } } } };
  return createRoute({
    method,
    path,
    operationId,
    summary,
    description: [description, `Role: ${role}.`].filter(Boolean).join(' '),
    security: [{ bearer: [] }],
    request: {
      headers,
      ...(isEmpty(params) ? {} : { params }),
      ...(isEmpty(query) ? {} : { query }),
      ...(isEmpty(body)
        ? {}
        : { body: { required: true, content: { 'application/json': { schema: body } } } }),
    },
    responses: {
      [endpoint.status ?? 200]: {
        description: 'Done.',
        content: { 'application/json': { schema: refTo(answer) } },
        ...(isPost ? {} : etag),
      },
      ...(isPost ? {} : { 304: { description: 'The caller already has this state.' } }),
      default: {
        description: 'A problem (RFC 9457).',
        content: { [PROBLEM_JSON]: { schema: refTo('Problem') } },
      },
    },
  });
};
