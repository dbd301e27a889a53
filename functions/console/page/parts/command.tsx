import CopyToClipboard from '@cloudscape-design/components/copy-to-clipboard';

/** A command of the command line, to be copied. */
export const Command = ({ command }: { readonly command: string }) => (
  <span className="command">
    <CopyToClipboard
      variant="icon"
      copyButtonAriaLabel={`Copy ${command}`}
      copySuccessText="Copied"
      copyErrorText="Not copied"
      textToCopy={command}
    />
    <code>{command}</code>
  </span>
);
