import { App } from 'aws-cdk-lib';
import { parseSettings } from '../functions/migration/settings.ts';
import { deployment } from './deployment.ts';

deployment(new App(), parseSettings(JSON.parse(process.env.TIERFERRY_SETTINGS ?? '{}')));
