import { dirname, join } from 'node:path';
import { readSources } from './imports.ts';

/*
 * Finds the errors that a handler can throw: those that reached code creates with `new`, and those that the called
 * ports are documented to throw. A declaration is reached if its name occurs in a reached one. So the result may
 * contain an error too many, but lacks none as long as ports document what they throw.
 */

/** A declaration at the top of a file, without comments. */
interface Block {
  readonly file: string;
  readonly text: string;
}
interface Source {
  readonly blocks: ReadonlyMap<string, Block>;
  /** The file that an imported name comes from, and its name there. */
  readonly imports: ReadonlyMap<string, { readonly file: string; readonly name: string }>;
}

const DECLARATION =
  /^(?:export )?(?:abstract )?(?:async )?(?:const|let|class|function\*?)\s+(\w+|\[[^\]]*\]|\{[^}]*\})/gm;
const IMPORT = /^import (type )?\{([^}]*)\} from '(\.[^']+)';$/gm;
const COMMENT = /\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm;

export const readSource = (file: string, text: string): Source => {
  const code = text.replaceAll(COMMENT, '');
  const starts = [...code.matchAll(DECLARATION)];
  const blocks = new Map<string, Block>();
  starts.forEach(({ index, 1: names = '' }, n) => {
    const block = { file, text: code.slice(index, starts[n + 1]?.index) };
    for (const [name] of names.matchAll(/\w+/g)) blocks.set(name, block);
  });
  const imports = new Map<string, { file: string; name: string }>();
  for (const [, isType, list = '', from = ''] of code.matchAll(IMPORT)) {
    if (isType) continue;
    for (const one of list.split(',').map((part) => part.trim())) {
      if (one === '' || one.startsWith('type ')) continue;
      const [name = one, alias = name] = one.split(' as ');
      imports.set(alias, { file: join(dirname(file), from), name });
    }
  }
  return { blocks, imports };
};

/** Errors that each port's methods are documented to throw, as `port.method`. */
export const portErrors = (ports: string): ReadonlyMap<string, readonly string[]> => {
  const found = new Map<string, string[]>();
  // a field may be several interfaces of one adapter
  const fields = [...ports.matchAll(/^ {2}readonly (\w+):\s+(\w+(?:\s+&\s+\w+)*);/gm)].flatMap(
    ([, port = '', types = '']) => types.split(/\s+&\s+/).map((type) => ({ port, type })),
  );
  const names = Map.groupBy(fields, ({ type }) => type);
  for (const [, type, body = ''] of ports.matchAll(/^export interface (\w+)[^{]*\{\n([\s\S]*?)^\}/gm)) {
    for (const [, doc = '', method] of body.matchAll(/ {2}\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\n {2}(\w+)\(/g)) {
      const errors = [...doc.matchAll(/@throws ((?:[A-Z]\w+(?:, | and )?)+)/g)].flatMap(([, list = '']) => [
        ...list.matchAll(/[A-Z]\w+/g),
      ]);
      for (const { port } of names.get(type ?? '') ?? []) {
        found.set(
          `${port}.${method}`,
          errors.map(([name]) => name),
        );
      }
    }
  }
  return found;
};

/** The file that assembles the ports: a handler gets them, and calls their methods. */
const ADAPTERS = 'functions/aws/ports.ts';

export class Reach {
  readonly #sources: ReadonlyMap<string, Source>;
  readonly #ports: ReadonlyMap<string, readonly string[]>;
  readonly #errors: ReadonlySet<string>;

  constructor(errors: ReadonlySet<string>) {
    const files = readSources('functions/handlers', 'functions/aws', 'functions/migration');
    this.#sources = new Map([...files].map(([file, text]) => [file, readSource(file, text)]));
    this.#ports = portErrors(
      [...files].flatMap(([file, text]) => (/(?:-port|\/ports)\.ts$/.test(file) ? [text] : [])).join('\n'),
    );
    this.#errors = errors;
  }

  /** Names of the errors that the handler in this file can throw. */
  errorsOf(file: string): ReadonlySet<string> {
    const found = new Set<string>();
    const reached = new Set([...(this.#sources.get(file)?.blocks.values() ?? [])]);
    for (const { file: from, text } of reached) {
      for (const [, name = ''] of text.matchAll(/\bnew (\w+)\(/g))
        if (this.#errors.has(name)) found.add(name);
      for (const [, call = ''] of text.matchAll(/\b(\w+\.\w+)\b(?=\(|[,;)}])/g))
        for (const name of this.#ports.get(call) ?? []) found.add(name);
      for (const [name] of text.matchAll(/\b[A-Za-z_]\w*\b/g)) {
        const block = this.#find(from, name);
        if (block && block.file !== ADAPTERS) reached.add(block);
      }
    }
    return found;
  }

  #find(file: string, name: string): Block | undefined {
    const source = this.#sources.get(file);
    const own = source?.blocks.get(name);
    if (own) return own;
    const imported = source?.imports.get(name);
    return imported && this.#sources.get(imported.file)?.blocks.get(imported.name);
  }
}
