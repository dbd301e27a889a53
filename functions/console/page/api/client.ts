import { ApiError, Unreachable } from './problem.ts';
import type { Gets, Posts, Problem } from './schema.ts';

/** A document of the API, with the entity tag that a later request quotes. */
export interface ApiAnswer<T> {
  readonly value: T;
  readonly etag: string | undefined;
}

type Args<Operation extends { params: object; query: object }> = (keyof Operation['params'] extends never
  ? { readonly params?: undefined }
  : { readonly params: Operation['params'] }) & { readonly query?: Operation['query'] };

export type GetPath = keyof Gets;
export type GetArgs<Path extends GetPath> = Args<Gets[Path]>;
export type PostPath = keyof Posts;
export type PostArgs<Path extends PostPath> = Args<Posts[Path]> &
  (Posts[Path] extends { readonly body: infer Body }
    ? { readonly body: Body }
    : { readonly body?: undefined }) & {
    /** Key that is the same for every attempt of one request. */
    readonly idempotencyKey: string;
    readonly ifMatch?: string;
  };

/** Source of the token of requests. */
export interface Tokens {
  /** Waits until there is a token. */
  token(signal?: AbortSignal): Promise<string>;
  /** Reports that the server has refused a token. The next token comes from a renewal, or from the operator. */
  refuse(token: string): void;
}

export interface ClientPorts {
  /** URL of the API, with a slash at its end. */
  readonly base: string;
  readonly tokens: Tokens;
  readonly fetch: typeof fetch;
}

/** Requests of the page to the API. */
export interface Client {
  /** @throws ApiError @throws Unreachable */
  get<Path extends GetPath>(
    path: Path,
    args: GetArgs<Path>,
    signal?: AbortSignal,
  ): Promise<ApiAnswer<Gets[Path]['answer']>>;
  /** @throws ApiError @throws Unreachable */
  post<Path extends PostPath>(path: Path, args: PostArgs<Path>): Promise<Posts[Path]['answer']>;
  /** Opens the stream of events. */
  stream(
    query: { readonly migration?: string },
    lastEventId: string | undefined,
    signal: AbortSignal,
  ): Promise<Response>;
}

/** Cached documents, so that an unchanged one is not sent again. */
const MAX_KEPT = 300;

/** Returns the address of an operation under the API's. */
export const urlOf = (
  path: string,
  { params = {}, query = {} }: { params?: object; query?: object },
): string => {
  const values = new Map<string, unknown>(Object.entries(params));
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(String(values.get(name))),
  );
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query))
    if (value !== undefined && value !== '') search.set(name, String(value));
  const text = search.toString();
  return `${filled.slice(1)}${text === '' ? '' : `?${text}`}`;
};

export const createClient = ({ base, tokens, fetch }: ClientPorts): Client => {
  const kept = new Map<string, ApiAnswer<unknown>>();

  /** A session that ends while a form is open ends no request: the request continues once there is a new token. */
  const send = async (url: string, init: RequestInit): Promise<Response> => {
    for (;;) {
      const token = await tokens.token(init.signal ?? undefined);
      const headers = new Headers(init.headers);
      headers.set('authorization', `Bearer ${token}`);
      const response = await fetch(`${base}${url}`, {
        ...init,
        headers,
        cache: 'no-store',
        credentials: 'omit',
      }).catch((cause: unknown) => {
        if (init.signal?.aborted) throw cause;
        throw new Unreachable({ cause });
      });
      if (response.status !== 401) return response;
      tokens.refuse(token);
    }
  };

  return {
    get: async (path, args, signal) => {
      const url = urlOf(path, args);
      const before = kept.get(url);
      const headers = new Headers(before?.etag === undefined ? [] : [['if-none-match', before.etag]]);
      const response = await send(url, { headers, ...(signal ? { signal } : {}) });
      // the same object again, so that components that show it are not drawn again
      if (response.status === 304 && before) return before as ApiAnswer<never>;
      const value = await contentOf(response);
      const answered = { value, etag: response.headers.get('etag') ?? undefined };
      kept.delete(url);
      kept.set(url, answered);
      for (const oldest of kept.keys()) if (kept.size > MAX_KEPT) kept.delete(oldest);
      // the server's tests check its answers against its OpenAPI document
      return answered as ApiAnswer<never>;
    },
    post: async (path, args) => {
      const { idempotencyKey, ifMatch, body } = args;
      const response = await send(urlOf(path, args), {
        method: 'POST',
        headers: {
          'idempotency-key': idempotencyKey,
          ...(ifMatch === undefined ? {} : { 'if-match': ifMatch }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      return (await contentOf(response)) as never;
    },
    stream: async (query, lastEventId, signal) => {
      const headers = new Headers(lastEventId === undefined ? [] : [['last-event-id', lastEventId]]);
      const response = await send(urlOf('/stream', { query }), { headers, signal });
      if (!response.ok) await contentOf(response);
      return response;
    },
  };
};

/** @throws ApiError if it is a problem. */
const contentOf = async (response: Response): Promise<unknown> => {
  const text = await response.text().catch((cause: unknown) => {
    throw new Unreachable({ cause });
  });
  const content = jsonIn(text);
  if (response.ok && content !== undefined) return content;
  throw new ApiError(isProblem(content) ? content : foreignProblem(response.status));
};

const jsonIn = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

const isProblem = (content: unknown): content is Problem =>
  typeof content === 'object' && content !== null && 'code' in content && 'detail' in content;

/** A proxy or gateway in between answers in its own format. */
const foreignProblem = (status: number): Problem => ({
  type: 'about:blank',
  title: status >= 500 ? 'Unavailable for now' : 'Refused',
  status,
  code: status >= 500 ? 'Unavailable' : 'Refused',
  detail: `a server in front of the console answered with status ${status}`,
  next: null,
});
