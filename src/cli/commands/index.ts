/** The commands of `kubectl egress`, in the order of its help. */
import type { Command } from '../command-line/index.ts';
import { allow } from './allow.ts';
import { approve, refuse } from './answer-request.ts';
import { check } from './check.ts';
import { completion } from './completion.ts';
import { dashboard } from './dashboard.ts';
import { doctor } from './doctor.ts';
import { explain } from './explain.ts';
import { flows } from './flows.ts';
import { inject } from './inject.ts';
import { lint } from './lint.ts';
import { logs } from './logs.ts';
import { request } from './request.ts';
import { requests } from './requests.ts';
import { disable, enable } from './set-mode.ts';
import { simulate } from './simulate.ts';
import { status } from './status.ts';
import { suggest } from './suggest.ts';
import { supportBundle } from './support-bundle.ts';
import { testProxy } from './test-proxy.ts';
import { top } from './top.ts';

export const commands: readonly Command[] = [
  status,
  doctor,
  check,
  explain,
  flows,
  logs,
  top,
  suggest,
  simulate,
  enable,
  disable,
  allow,
  request,
  requests,
  approve,
  refuse,
  lint,
  inject,
  testProxy,
  dashboard,
  supportBundle,
  completion,
];
