export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** The line that `tierferry __complete` prints to let the shell complete file names. */
export const FILES = ':files';

/*
 * The scripts pass the typed words on as arguments, and evaluate none of them. They need no package of the shell, and
 * work in the bash of macOS (3.2).
 */
const BASH = `# bash completion for tierferry. Load it: eval "$(tierferry completion bash)"
_tierferry() {
  local IFS=$'\\n'
  local current="\${COMP_WORDS[COMP_CWORD]}"
  COMPREPLY=($(tierferry __complete bash -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
  if [ "\${COMPREPLY[0]}" = '${FILES}' ]; then
    COMPREPLY=($(compgen -f -- "$current"))
  fi
}
complete -F _tierferry tierferry`;

const ZSH = `#compdef tierferry
# zsh completion for tierferry. Load it: source <(tierferry completion zsh)
_tierferry() {
  local -a lines
  lines=("\${(@f)$(tierferry __complete zsh -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ "\${lines[1]}" == '${FILES}' ]]; then
    _files
  elif [[ -n "\${lines[1]}" ]]; then
    _describe 'tierferry' lines
  fi
}
if [[ "\${funcstack[1]}" == '_tierferry' ]]; then
  _tierferry "$@"
else
  compdef _tierferry tierferry
fi`;

const FISH = `# fish completion for tierferry. Load it: tierferry completion fish | source
function __tierferry_complete
  set -l words (commandline -opc)
  set -l current (commandline -ct)
  set -l lines (tierferry __complete fish -- $words[2..-1] "$current" 2>/dev/null)
  if test "$lines[1]" = '${FILES}'
    __fish_complete_path "$current"
  else
    printf '%s\\n' $lines
  end
end
complete -c tierferry -f -a '(__tierferry_complete)'`;

/** The script of each shell, which asks `tierferry __complete` for the completions. */
export const COMPLETION_SCRIPTS: Readonly<Record<Shell, string>> = { bash: BASH, zsh: ZSH, fish: FISH };
