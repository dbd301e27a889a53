import * as z from 'zod';
import { ROLES, type Role, type Subject } from '../../../functions/console/api/access/subject.ts';
import { InvalidRequest } from '../../../functions/migration/errors.ts';
import { choiceOption } from '../choice.ts';
import { type Define, withExamples } from '../cli.ts';
import { currentUser } from '../current-user.ts';
import { interruptible } from '../watching/interrupt.ts';

const PORT = 'must be a whole number from 0 to 65,535';
const Options = z.object({
  port: z.coerce.number(PORT).int(PORT).min(0, PORT).max(65_535, PORT).optional(),
  role: z.enum(ROLES),
});

export const defineConsole: Define = (command, cli) =>
  withExamples(command, ['console', 'console --port 8080', 'console --role viewer            # read only'])
    .option('--port <port>', 'port on loopback (default: a free one)')
    .addOption(choiceOption('--role <role>', 'what the console lets you do', ROLES).default('admin'))
    .addHelpText(
      'after',
      '\nThe console uses your credentials and their permissions. The audit trail shows the caller that STS names,\nor on the embedded stack the user of this machine.',
    )
    .action(async (given: unknown) => {
      const parsed = Options.safeParse(given);
      if (!parsed.success) {
        const [issue] = parsed.error.issues;
        throw new InvalidRequest(`--${issue?.path.join('.')} ${issue?.message}. Nothing was started.`);
      }
      const { port, role } = parsed.data;
      const ports = cli.ports({ workflow: true });
      const subject = await subjectOf(cli.env, role);
      const { runConsole } = await import('../../console/run-console.ts');
      const { builtPage } = await import('../../console/built-page.ts');
      const options = { ports, subject, port, page: builtPage() };
      await interruptible('stopping', (signal) => runConsole(cli.out, options, signal));
    });

/** Returns the caller's identity. The embedded stack has no STS, so the user of this machine is not verified. */
const subjectOf = async (env: NodeJS.ProcessEnv, role: Role): Promise<Subject> => {
  if (env.AWS_ENDPOINT_URL_DYNAMODB) return { name: currentUser(), role, verified: false };
  const { callerArn } = await import('../../../functions/aws/caller.ts');
  const region = env.AWS_REGION;
  return { name: await callerArn(region ? { region } : {}), role, verified: true };
};
