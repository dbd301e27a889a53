import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { listenOnLoopback } from '../../scripts/local/listen-on-loopback.ts';

/**
 * Starts a server that implements STS's AssumeRole with session tags and GetCallerIdentity on a free port. The access key
 * identifies the caller.
 */
export const startFakeSts = async (secondsValid = 3_600) => {
  const sessions: { readonly role: string | null; readonly tags: Record<string, string> }[] = [];
  const server = createServer(async (request, response) => {
    const asked = new URLSearchParams(await text(request));
    const tags: Record<string, string> = {};
    for (let n = 1; asked.has(`Tags.member.${n}.Key`); n += 1)
      tags[asked.get(`Tags.member.${n}.Key`) ?? ''] = asked.get(`Tags.member.${n}.Value`) ?? '';
    const seconds = Number(asked.get('DurationSeconds'));
    const session = asked.get('RoleSessionName') ?? '';
    response.setHeader('content-type', 'text/xml');
    if (asked.get('Action') === 'GetCallerIdentity')
      return response.end(
        '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>' +
          '<Arn>arn:aws:sts::123456789012:assumed-role/operators/ana</Arn><UserId>AROA:ana</UserId>' +
          '<Account>123456789012</Account></GetCallerIdentityResult></GetCallerIdentityResponse>',
      );
    // [STS API reference, AssumeRole]
    if (asked.get('Action') !== 'AssumeRole' || seconds < 900 || !/^[\w+=,.@-]{2,64}$/.test(session)) {
      response.statusCode = 400;
      return response.end('<ErrorResponse><Error><Code>ValidationError</Code></Error></ErrorResponse>');
    }
    sessions.push({ role: asked.get('RoleArn'), tags });
    const expires = new Date(Date.now() + secondsValid * 1_000).toISOString();
    return response.end(
      `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>` +
        `<AccessKeyId>KEYOF${tags.tenantId}</AccessKeyId><SecretAccessKey>s</SecretAccessKey>` +
        `<SessionToken>t</SessionToken><Expiration>${expires}</Expiration>` +
        '</Credentials></AssumeRoleResult></AssumeRoleResponse>',
    );
  });
  return {
    ...(await listenOnLoopback(server)),
    sessions,
  };
};
