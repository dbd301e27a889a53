import { Duration } from 'aws-cdk-lib';
import {
  AccessLogField,
  AccessLogFormat,
  EndpointType,
  type IResource,
  LambdaIntegration,
  LogGroupLogDestination,
  ResponseTransferMode,
  ResponseType,
  RestApi,
} from 'aws-cdk-lib/aws-apigateway';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { ConsoleConfig } from '../functions/migration/settings/config.ts';
import type { ConstructInputs } from './construct-inputs.ts';
import { CONSOLE_PERMISSIONS } from './step-permissions.ts';

/** Name of the API's stage: the first part of every path, unless a domain name is mapped to the stage. */
const STAGE = 'console';

/** Requests a second, and at once. A page polls every 2 s where it cannot stream. */
const REQUESTS = { throttlingRateLimit: 50, throttlingBurstLimit: 100 };
/**
 * New streams a second, and at once. A page opens one every 14 minutes, and when it is shown again. Lambda goes on with a
 * stream whose reader has gone [Lambda developer guide, Response streaming], so these bound how many run: 0.2 a second for 14
 * minutes and 20 are 188.
 */
const STREAMS = { throttlingRateLimit: 0.2, throttlingBurstLimit: 20 };
/** A diagnosis reads all control tables. */
const DIAGNOSES = { throttlingRateLimit: 0.2, throttlingBurstLimit: 5 };

/**
 * One line a request. It contains neither the query, which may have the name of a tenant or a sign-in code, nor headers,
 * which have the token.
 */
const ACCESS_LOG = AccessLogFormat.custom(
  JSON.stringify({
    requestId: AccessLogField.contextRequestId(),
    extendedRequestId: AccessLogField.contextExtendedRequestId(),
    ip: AccessLogField.contextIdentitySourceIp(),
    time: AccessLogField.contextRequestTime(),
    method: AccessLogField.contextHttpMethod(),
    path: AccessLogField.contextPath(),
    status: AccessLogField.contextStatus(),
    latencyMs: AccessLogField.contextResponseLatency(),
    bytes: AccessLogField.contextResponseLength(),
  }),
);

/**
 * The deployed ops console: a regional REST API that streams the answers of two functions. `ServeConsole` serves the page,
 * reads and requests. `SteerMigrations` carries out the actions on migrations and the doctor's mends: a rollback compares
 * the tenant's items first, so its role may reach them one tenant at a time, and the other's may not. Both verify the
 * caller's token themselves.
 */
export class Console extends Construct {
  readonly url: string;

  constructor(
    scope: Construct,
    id: string,
    given: Pick<ConstructInputs, 'settings' | 'machines'> & { readonly config: ConsoleConfig },
  ) {
    super(scope, id);
    const { settings, machines, config } = given;
    const environment = { TIERFERRY_CONSOLE: JSON.stringify(config) };
    const make = (name: keyof typeof CONSOLE_PERMISSIONS) =>
      machines.startingFunction(this, name, environment);
    const serving = make('ServeConsole');
    const steering = make('SteerMigrations');
    machines.rollback.grantStartExecution(steering);
    const api = new RestApi(this, 'Api', {
      restApiName: `${settings.prefix}-console`,
      description: `Tierferry: ops console (${settings.prefix})`,
      endpointTypes: [EndpointType.REGIONAL],
      // access logs need it, once for the account and region [API Gateway developer guide, Set up CloudWatch logging]
      cloudWatchRole: true,
      deployOptions: {
        stageName: STAGE,
        ...REQUESTS,
        methodOptions: { '/api/stream/GET': STREAMS, '/api/doctor/GET': DIAGNOSES },
        accessLogDestination: new LogGroupLogDestination(
          new LogGroup(this, 'AccessLog', { retention: RetentionDays.ONE_YEAR }),
        ),
        accessLogFormat: ACCESS_LOG,
        tracingEnabled: true,
      },
    });
    addPaths(api.root, streamed(serving, CONSOLE_PERMISSIONS.ServeConsole.seconds), {
      steering: streamed(steering, CONSOLE_PERMISSIONS.SteerMigrations.seconds),
    });
    for (const answer of GATEWAY_ANSWERS) addAnswer(api, answer);
    this.url = api.url;
  }
}

/** Answers that API Gateway gives in place of the app. */
const GATEWAY_ANSWERS = [
  {
    id: 'Throttled',
    type: ResponseType.THROTTLED,
    status: 429,
    title: 'Too many requests',
    detail: 'more requests came than the console takes. Nothing was changed; wait a moment, then try again',
  },
  {
    id: 'Unavailable',
    type: ResponseType.DEFAULT_5XX,
    status: 503,
    title: 'Unavailable for now',
    detail:
      'the console gave no answer. The request may or may not have taken effect: look before you repeat it',
  },
] as const;

/** Gives such an answer the form of the app's own problems. */
const addAnswer = (
  api: RestApi,
  { id, type, status, title, detail }: (typeof GATEWAY_ANSWERS)[number],
): void => {
  const problem = { type: `urn:tierferry:error:${id}`, title, status, code: id, detail, next: null };
  api.addGatewayResponse(id, {
    type,
    statusCode: String(status),
    responseHeaders: { 'Retry-After': "'1'", 'Cache-Control': "'no-store'" },
    templates: { 'application/json': JSON.stringify(problem) },
  });
};

const streamed = (called: IFunction, seconds: number): LambdaIntegration =>
  new LambdaIntegration(called, {
    responseTransferMode: ResponseTransferMode.STREAM,
    timeout: Duration.seconds(seconds),
    // one permission for the API, and not one for each of its methods
    scopePermissionToMethod: false,
  });

/**
 * Adds the API's paths. Each level has a method for what is below it, so that it does not matter how API Gateway matches a
 * path that is only partly there.
 */
const addPaths = (
  root: IResource,
  serving: LambdaIntegration,
  { steering }: { readonly steering: LambdaIntegration },
): void => {
  const add = (at: IResource, part: string, integration: LambdaIntegration, method = 'ANY'): IResource => {
    const resource = at.addResource(part);
    resource.addMethod(method, integration);
    return resource;
  };
  root.addMethod('ANY', serving);
  add(root, '{proxy+}', serving);
  const api = add(root, 'api', serving);
  add(api, '{proxy+}', serving);
  add(api, 'stream', serving, 'GET');
  add(add(api, 'doctor', steering, 'GET'), '{proxy+}', steering);
  const migration = add(add(api, 'migrations', serving), '{migrationId}', serving);
  add(migration, '{proxy+}', serving);
  add(add(migration, 'actions', serving), '{action}', steering);
};
