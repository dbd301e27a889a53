// `tierferry/testing` is this file: everything that a test of an application imports is exported here
export {
  awsError,
  createFakeClient,
  type FakeClient,
  type FakeClientOptions,
  type SentRequest,
} from './fake-client.ts';
export { createFakeRouter, type FakeRouter, type FakeRouterOptions, type RoutedCall } from './fake-router.ts';
export { type MoveRequest, startMove, type TenantMove, whileTenantMoves } from './tenant-move.ts';
export { startStack, type TestStack, type TestStackOptions } from './test-stack.ts';
