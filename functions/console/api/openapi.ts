import { answerSchemas } from './answers.ts';
import type { App } from './http/endpoint.ts';

/** Changes with the contract: fields are added to a version, never taken away. */
const VERSION = '1.0.0';

/** Returns the OpenAPI document of the console's API, made from the schemas that parse its requests and make its answers. */
export const openApiOf = (app: App): object => {
  const document = app.getOpenAPI31Document({
    openapi: '3.1.0',
    info: {
      title: 'Tierferry: ops console',
      version: VERSION,
      description:
        'Plans, starts, watches and rolls back migrations of tenants. Errors are problem details (RFC 9457). Every POST carries an Idempotency-Key.',
    },
    servers: [{ url: '/' }],
  });
  return {
    ...document,
    components: {
      schemas: answerSchemas(),
      securitySchemes: {
        bearer: {
          type: 'http',
          scheme: 'bearer',
          description: "The token of the printed link, or an access token of the deployment's issuer.",
        },
      },
    },
  };
};
