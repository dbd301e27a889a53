import * as z from 'zod';
import { InvalidRequest } from '../../../functions/migration/errors.ts';
import { type Define, withExamples } from '../cli.ts';
import { COMPLETION_SCRIPTS, SHELLS, type Shell } from '../completion-scripts.ts';
import { didYouMean } from '../did-you-mean.ts';

export const defineCompletion: Define = (command, cli) => {
  command.registeredArguments[0]?.choices(SHELLS).argParser(parseShell);
  return withExamples(command, [
    'completion bash >> ~/.bashrc',
    'completion zsh > ~/.zfunc/_tierferry',
    'completion fish > ~/.config/fish/completions/tierferry.fish',
  ])
    .addHelpText(
      'after',
      '\nIt completes commands, flags and their values; with a running local stack also the ids of tenants\nand migrations. For the current shell only: eval "$(tierferry completion bash)".',
    )
    .action((given: unknown) => {
      const shell = z.enum(SHELLS).parse(given);
      const script = COMPLETION_SCRIPTS[shell];
      cli.out.result('completion-script', { shell, script }, () => script.split('\n'));
    });
};

const parseShell = (given: string): Shell => {
  const parsed = z.enum(SHELLS).safeParse(given);
  if (!parsed.success)
    throw new InvalidRequest(
      `there is no completion for '${given}'.${didYouMean(given, SHELLS)} Shells: ${SHELLS.join(', ')}.`,
    );
  return parsed.data;
};
