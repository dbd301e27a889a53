import type { Jwks } from 'aws-jwt-verify/jwk';
import type { Ports } from '../../migration/ports.ts';
import type { ConsoleConfig } from '../../migration/settings/config.ts';
import { jwtSubject } from '../api/access/jwt-subject.ts';
import { createConsole } from '../api/create-console.ts';
import type { App } from '../api/http/endpoint.ts';
import type { PageFiles } from '../api/page-files.ts';

export interface DeployedConsole {
  readonly ports: Ports;
  readonly config: ConsoleConfig;
  /** The built page; absent for the API alone. */
  readonly page?: PageFiles | undefined;
  /** Keys of the issuer; absent to fetch them from it. */
  readonly jwks?: Jwks | undefined;
}

/** Creates the console of a deployment, whose subjects are the users of an OpenID issuer. */
export const deployedConsole = ({ ports, config, page, jwks }: DeployedConsole): App => {
  const { issuer, clientId, groups, groupsClaim, nameClaim, jwksUri, scope, origins } = config;
  return createConsole({
    ports,
    verify: jwtSubject({
      issuer,
      clientId,
      groups,
      groupsClaim,
      nameClaim,
      jwksUri,
      jwks,
    }),
    isOnLoopback: false,
    signIn: { kind: 'oidc', issuer, clientId, scope, origins },
    page,
  });
};
