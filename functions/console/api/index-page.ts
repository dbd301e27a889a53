import type { App } from './http/endpoint.ts';

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

/** Returns a page that lists the operations of the API, for as long as there is no page of the console. */
export const indexPage = (app: App): string => {
  const rows = app.openAPIRegistry.definitions.flatMap((definition) => {
    if (definition.type !== 'route') return [];
    const { method, path, summary = '' } = definition.route;
    return [
      `<tr><td>${escaped(method.toUpperCase())}</td><td><code>${escaped(path)}</code></td><td>${escaped(summary)}</td></tr>`,
    ];
  });
  return [
    '<!doctype html>',
    '<html lang="en"><head><meta charset="utf-8"><title>Tierferry</title></head><body>',
    '<h1>Tierferry: API of the ops console</h1>',
    '<p>Send the token of the printed link as <code>Authorization: Bearer</code>. ',
    'The contract is <a href="/api/openapi.json">/api/openapi.json</a>.</p>',
    `<table>${rows.join('\n')}</table>`,
    '</body></html>',
  ].join('\n');
};
