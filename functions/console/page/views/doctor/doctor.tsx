import { Page } from '../../parts/page.tsx';

export const Doctor = () => <Page title="Doctor">{null}</Page>;
