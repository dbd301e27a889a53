import Button, { type ButtonProps } from '@cloudscape-design/components/button';
import { useLocation, useRouter } from 'wouter';

interface LinkButtonProps {
  /** A path of the page. */
  readonly path: string;
  readonly variant?: ButtonProps.Variant;
  readonly children: string;
}

/** A link to a view that looks like a button: it can be opened in another tab as well. */
export const LinkButton = ({ path, variant = 'normal', children }: LinkButtonProps) => {
  const { base } = useRouter();
  const [, navigate] = useLocation();
  return (
    <Button
      variant={variant}
      href={`${base}${path}`}
      onFollow={(event) => {
        event.preventDefault();
        navigate(path);
      }}
    >
      {children}
    </Button>
  );
};
