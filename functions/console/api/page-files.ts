import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import type { SignIn } from './answers.ts';
import type { App } from './http/endpoint.ts';

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};
const INDEX = 'index.html';
/** Names in this folder contain a hash of the file's content. */
const HASHED = 'assets/';
const YEAR_S = 365 * 24 * 60 * 60;

interface PageFile {
  readonly body: Uint8Array<ArrayBuffer>;
  readonly type: string;
  /** The same content, compressed by brotli when the page was built; absent if there is none. */
  readonly brotli?: Uint8Array<ArrayBuffer>;
}

/** The files of the built page, by path. */
export type PageFiles = ReadonlyMap<string, PageFile>;

/**
 * Reads the built page from a folder.
 * @param basePath path under which the page is served, with a slash at both ends.
 * @returns undefined if the page has not been built.
 */
export const readPage = (folder: string, basePath = '/'): PageFiles | undefined => {
  if (!existsSync(join(folder, INDEX))) return undefined;
  const files = new Map<string, PageFile>();
  for (const path of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const type = CONTENT_TYPES[extname(path)];
    if (type === undefined) continue;
    const body = Uint8Array.from(readFileSync(join(folder, path)));
    const compressed = `${join(folder, path)}.br`;
    const brotli = existsSync(compressed) ? Uint8Array.from(readFileSync(compressed)) : undefined;
    files.set(path.replaceAll('\\', '/'), { body, type, brotli });
  }
  const index = files.get(INDEX);
  if (index) {
    const html = new TextDecoder().decode(index.body).replace('<base href="/"', `<base href="${basePath}"`);
    files.set(INDEX, { body: new TextEncoder().encode(html), type: index.type });
  }
  return files;
};

/**
 * Returns the page's content security policy. It allows scripts and styles of the console only, and requests to the
 * console and, for signing in, to the issuer.
 */
export const pagePolicy = (signIn: SignIn): string => {
  const issuer = signIn.kind === 'oidc' ? [new URL(signIn.issuer).origin, ...(signIn.origins ?? [])] : [];
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    ["connect-src 'self'", ...issuer].join(' '),
    "base-uri 'self'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
};

/** Serves the page: its files by name, and the page itself for every other path, because each view is a link. */
export const addPage = (app: App, files: PageFiles, policy: string): void => {
  app.get('*', async (context, next) => {
    const path = context.req.path.slice(1);
    if (path === 'api' || path.startsWith('api/')) return next();
    const isFile = path !== '' && files.has(path);
    // a missing script must not be answered with the page
    if (!isFile && path.startsWith(HASHED)) return next();
    const file = files.get(isFile ? path : INDEX);
    if (!file) return next();
    const isCompressed = file.brotli && /\bbr\b/.test(context.req.header('accept-encoding') ?? '');
    return new Response(isCompressed ? file.brotli : file.body, {
      headers: {
        'content-type': file.type,
        'content-security-policy': policy,
        'cache-control':
          isFile && path.startsWith(HASHED) ? `public, max-age=${YEAR_S}, immutable` : 'no-cache',
        vary: 'accept-encoding',
        ...(isCompressed ? { 'content-encoding': 'br' } : {}),
      },
    });
  });
};
