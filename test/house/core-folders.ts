import type { Import } from './imports.ts';

const CORE = 'functions/migration/';
/** Gathers the interfaces of all folders into `Ports`, so it imports from every folder. The rules for folders exempt it. */
export const PORTS = `${CORE}ports.ts`;

/** Returns the folder of the core that contains the file; '' for a file beside the folders, undefined outside the core. */
export const coreFolderOf = (file: string): string | undefined => {
  if (!file.startsWith(CORE)) return undefined;
  const [folder, ...rest] = file.slice(CORE.length).split('/');
  return rest.length > 0 ? folder : '';
};

/** Returns the imports of one folder of the core from another, as imports between folders. Imports of types count. */
export const importsOfFolders = (imports: readonly Import[]): Import[] =>
  imports.flatMap(({ from, to, isTypeOnly }) => {
    const [a, b] = [coreFolderOf(from), coreFolderOf(to)];
    if (a === undefined || b === undefined || a === b || from === PORTS) return [];
    return [
      { from: a || 'the files beside the folders', to: b || 'the files beside the folders', isTypeOnly },
    ];
  });
